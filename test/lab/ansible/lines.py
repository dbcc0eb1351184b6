# Ansible's results as JSON lines: what the differential tests compare farm's with.
import json

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "lines"

    def _line(self, status, result, ignored=False):
        line = {
            "task": result._task.get_name(),
            "status": status,
            "ignored": bool(ignored),
            "result": self._dump(result._result),
        }
        print("@" + json.dumps(line), flush=True)

    def _dump(self, result):
        return json.loads(json.dumps(result, default=str))

    def v2_runner_on_ok(self, result):
        self._line("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._line("failed", result, ignore_errors)

    def v2_runner_on_skipped(self, result):
        self._line("skipped", result)

    def v2_playbook_on_include(self, included_file):
        line = {"task": "include", "status": "ok", "ignored": False, "result": {}}
        print("@" + json.dumps(line), flush=True)
