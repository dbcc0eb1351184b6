/** The page's style: light or dark as the reader's system says, or as the button on the page does. */
export const STYLE = `
:root{color-scheme:light dark;
--page:light-dark(#f6f7f9,#0f1216);--paper:light-dark(#fff,#171b21);--sunk:light-dark(#f1f3f6,#101418);
--ink:light-dark(#1b2129,#e6e9ee);--dim:light-dark(#5a6573,#9aa5b3);--line:light-dark(#dde2e8,#2a313a);
--link:light-dark(#0b5cad,#79b8ff);
--good:light-dark(#13793d,#4cc776);--bad:light-dark(#bf1f2d,#ff7b81);--odd:light-dark(#8f5400,#e8b04a);--calm:light-dark(#5a6573,#9aa5b3);
--good-bg:light-dark(#e4f5ea,#12301f);--bad-bg:light-dark(#fdeaec,#3a171b);--odd-bg:light-dark(#fdf2dc,#33260d);--calm-bg:light-dark(#edf0f3,#222932);
--c-wait:light-dark(#d5dbe2,#333c47);--c-prepare:light-dark(#6b8fc9,#5479b8);--c-points:light-dark(#a58ad1,#8a6cc0);--c-provision:light-dark(#e0a33c,#c98f2d);--c-main:light-dark(#2f9e8f,#35a798);--c-end:light-dark(#8d99a6,#6e7a88);
--mono:ui-monospace,"SF Mono","Cascadia Mono","Roboto Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
[data-theme=light]{color-scheme:light}[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box}[hidden]{display:none!important}
html{scroll-padding-top:3.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
main,.top,footer{max-width:78rem;margin:0 auto;padding:0 1.25rem}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.18em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:4px}
h1,h2,h3,h4,h5,p,dl,dd,ul{margin:0}ul{padding:0;list-style:none}
h2{font-size:1.15rem;line-height:1.3;margin:0 0 .75rem;letter-spacing:-.01em}
h3{font-size:1rem;font-weight:600}h4{font-size:.95rem;font-weight:600}h5{font-size:.75rem;font-weight:600;color:var(--dim);margin:.6rem 0 .2rem}
code,pre,.position{font-family:var(--mono);font-size:.84em}
code{overflow-wrap:anywhere}
.hush,.note{color:var(--dim);font-weight:400}.note{margin-bottom:.75rem;font-size:.9rem}
.took,.number{font-variant-numeric:tabular-nums;white-space:nowrap}.took{color:var(--dim);font-size:.86rem;font-weight:400}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.5rem 1rem;z-index:9}
section{margin:0 0 2.25rem}
.top{padding-top:1rem;padding-bottom:1.1rem}
.bar{display:flex;justify-content:space-between;align-items:center;gap:1rem;margin-bottom:.9rem}
.crumb{color:var(--dim);overflow-wrap:anywhere}.crumb strong{color:var(--ink)}
h1{display:flex;align-items:center;gap:.7rem;font-size:clamp(1.45rem,4.5vw,2.1rem);line-height:1.2;letter-spacing:-.02em;margin-bottom:1rem;text-wrap:balance}
h1 .sign{width:1.3em;height:1.3em;font-size:.9em}
button,input,.choice{font:inherit;color:inherit}
button{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:.3rem .8rem;cursor:pointer}button:hover{border-color:var(--dim)}
.proportion{display:block;width:100%;height:8px;border-radius:4px;background:var(--line);overflow:hidden}
.fill.passed{fill:var(--good)}.fill.failed{fill:var(--bad)}.fill.broken{fill:var(--odd)}.fill.flaky{fill:var(--odd)}.fill.interrupted{fill:var(--calm)}.fill.none{fill:var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.6rem 0 1rem;font-size:.88rem;color:var(--dim)}.legend span{display:inline-flex;align-items:center;gap:.4rem}
.swatch{width:.8rem;height:.8rem;border-radius:3px;overflow:hidden}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2rem;font-size:.9rem}.facts dt{color:var(--dim);font-size:.78rem}.facts dd{overflow-wrap:anywhere}
.sign{display:inline-grid;place-items:center;flex:none;width:1.25em;height:1.25em;border-radius:50%;font-size:.78em;font-weight:700;line-height:1;font-style:normal;color:var(--calm);background:var(--calm-bg)}
.sign.passed,.sign.ok{color:var(--good);background:var(--good-bg)}.sign.failed{color:var(--bad);background:var(--bad-bg)}.sign.broken,.sign.flaky,.sign.changed,.sign.slower{color:var(--odd);background:var(--odd-bg)}
.badge{display:inline-flex;align-items:center;gap:.3rem;border-radius:99px;padding:0 .55rem;font-size:.78rem;font-weight:600;line-height:1.5rem;color:var(--calm);background:var(--calm-bg);white-space:nowrap;vertical-align:middle}
.badge .sign{background:none;width:auto;height:auto;font-size:1em}
.badge.passed,.badge.fixed{color:var(--good);background:var(--good-bg)}.badge.failed,.badge.new{color:var(--bad);background:var(--bad-bg)}.badge.broken,.badge.flaky{color:var(--odd);background:var(--odd-bg)}
.badge.new,.badge.fixed{border:1px solid currentcolor;background:none;line-height:1.2rem}
nav{position:sticky;top:0;z-index:5;background:var(--page);border-bottom:1px solid var(--line);margin-bottom:1.75rem;padding:0 max(1.25rem,calc((100% - 78rem)/2 + 1.25rem));display:flex;gap:1.4rem;overflow-x:auto;scrollbar-width:none}
nav a{padding:.6rem 0;color:var(--dim);text-decoration:none;white-space:nowrap;font-size:.92rem}nav a:hover{color:var(--ink)}
pre{margin:0;padding:.7rem .85rem;background:var(--sunk);border:1px solid var(--line);border-radius:8px;overflow:auto;max-height:26rem;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:8}
.left{display:block;color:var(--odd);font-family:system-ui,sans-serif;font-size:1.05em;margin:.4rem 0}
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr))}
.card{background:var(--paper);border:1px solid var(--line);border-left:4px solid var(--calm);border-radius:10px;padding:.85rem 1rem;min-width:0}
.card.failed{border-left-color:var(--bad)}.card.broken,.card.flaky{border-left-color:var(--odd)}
.card h3{overflow-wrap:anywhere}.where{color:var(--dim);font-size:.9rem;overflow-wrap:anywhere}
.message{margin:.35rem 0 .6rem;overflow-wrap:anywhere;white-space:pre-line}.card pre{max-height:19rem}
.position{color:var(--dim)}
.scroll{overflow-x:auto;background:var(--paper);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%}th,td{padding:.4rem .75rem;text-align:left;border-bottom:1px solid var(--line);font-weight:400}
thead th{white-space:nowrap}thead th,caption{color:var(--dim);font-size:.8rem;font-weight:600}tbody tr:last-child>*{border-bottom:0}caption{text-align:left;padding:.6rem .75rem .1rem;font-size:.9rem;color:var(--ink)}
.matrix{width:auto;min-width:min(100%,34rem)}.matrix th[scope=row]{font-weight:600;position:sticky;left:0;background:var(--paper);min-width:8rem}
.matrix td{padding:.25rem .3rem}.cell{display:flex;align-items:center;gap:.5rem;padding:.35rem .6rem;border-radius:8px;color:inherit;text-decoration:none;min-width:10.5rem}
.cell .what{flex:1}.cell.passed{background:var(--good-bg)}.cell.failed{background:var(--bad-bg)}.cell.broken,.cell.flaky{background:var(--odd-bg)}.cell.interrupted{background:var(--calm-bg)}
.cell:hover{box-shadow:inset 0 0 0 1px var(--dim)}.cell .sign{background:var(--paper)}.cell+.cell{margin-top:.25rem}.none{padding-left:1rem!important}
.cell .took,.cell .hush{color:inherit;opacity:.85}
.changes{display:grid;gap:1rem 2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr))}.changes h3{display:flex;align-items:center;gap:.5rem;margin-bottom:.25rem}.changes li{padding:.12rem 0;overflow-wrap:anywhere}.count{color:var(--dim);font-weight:400}
.timeline{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:.7rem 1rem .9rem}
.timeline h3{margin:.7rem 0 .25rem;font-size:.92rem}.line{display:grid;grid-template-columns:minmax(8rem,15rem) 1fr;gap:.9rem;align-items:center}
.line a{display:flex;gap:.45rem;align-items:center;font-size:.86rem;color:inherit;text-decoration:none;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.line a:hover{text-decoration:underline}
.line svg{width:100%;height:20px;display:block;overflow:visible}.axis line{stroke:var(--dim)}.axis text{fill:var(--dim);font-size:11px;text-anchor:middle}.axis text.first{text-anchor:start}
.track{fill:var(--sunk)}.waiting{fill:var(--c-wait)}.prepare{fill:var(--c-prepare)}.points{fill:var(--c-points)}.provision{fill:var(--c-provision)}.main{fill:var(--c-main)}.end{fill:var(--c-end)}.bad{stroke:var(--bad);stroke-width:2.5}
.twins{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));align-items:start}.trend td:last-child{width:1%}.trend .number{text-align:right;width:1%}.trend th{overflow-wrap:anywhere}
.up{color:var(--bad);font-weight:600}.down{color:var(--good);font-weight:600}
.bars{display:block;flex:none}.then{fill:var(--c-wait)}.now{fill:var(--c-prepare)}
#filter{position:sticky;top:2.6rem;z-index:4;background:var(--page);display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:center;padding:.5rem 0 .75rem}
.search{flex:1 1 16rem;display:flex}.search span{position:absolute;clip-path:inset(50%)}.search input{flex:1;min-width:0;padding:.4rem .75rem;border:1px solid var(--line);border-radius:8px;background:var(--paper)}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.35rem}legend{position:absolute;clip-path:inset(50%)}
fieldset label{position:relative;cursor:pointer}fieldset input{position:absolute;opacity:0;inset:0}fieldset span{display:block;border:1px solid var(--line);border-radius:99px;padding:.2rem .75rem;background:var(--paper);font-size:.9rem}fieldset b{font-weight:400;color:var(--dim)}
input:checked+span{background:var(--ink);color:var(--page);border-color:var(--ink)}input:checked+span b{color:inherit}input:focus-visible+span{outline:2px solid var(--link);outline-offset:2px}
#shown{color:var(--dim);font-size:.9rem}
summary{cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}
.vm{background:var(--paper);border:1px solid var(--line);border-radius:10px;margin-bottom:.5rem;scroll-margin-top:7rem}
.vm>summary{display:flex;align-items:center;gap:.4rem .9rem;flex-wrap:wrap;padding:.6rem 1rem;border-radius:10px}.vm>summary:hover{background:var(--sunk)}.vm>summary h3{display:flex;align-items:center;gap:.6rem;overflow-wrap:anywhere}
.vm>summary .hush{flex:1;font-size:.9rem}.vm[open]>summary{border-bottom:1px solid var(--line);border-radius:10px 10px 0 0}.body{padding:.9rem 1rem 1rem}
.body>.facts{margin-bottom:.5rem}.phase{margin:1rem 0 0}.phase h4{display:flex;align-items:center;gap:.5rem;margin-bottom:.3rem}
.warning{display:flex;gap:.5rem;align-items:baseline;color:var(--odd);overflow-wrap:anywhere;margin:.2rem 0}
.steps li,.task>summary{display:flex;gap:.6rem;align-items:baseline;padding:.22rem .6rem;border-radius:6px}.steps li{color:var(--dim);font-size:.9rem}.name{flex:1;min-width:0;overflow-wrap:anywhere}
.task>summary:hover{background:var(--sunk)}.task>summary::after{content:"›";color:var(--dim);transition:transform .12s}.task[open]>summary::after{transform:rotate(90deg)}
.task>:not(summary){margin-left:2.1rem}.task[open]{padding-bottom:.6rem}.task.failed>summary{background:var(--bad-bg)}
.status{font-size:.84rem;color:var(--dim)}.status.failed{color:var(--bad);font-weight:600}.status.changed{color:var(--odd)}
.small{margin-top:.9rem;font-size:.92rem}.small>summary{color:var(--link);padding:.1rem 0}.small ul{padding:.3rem 0 0 1rem}.small pre{margin-top:.4rem}
footer{color:var(--dim);font-size:.85rem;padding-bottom:2rem}
@media (max-width:40rem){body{font-size:16px}main,.top,footer{padding-left:.9rem;padding-right:.9rem}nav{padding:0 .9rem}.facts{gap:.4rem 1.4rem}.line{grid-template-columns:1fr;gap:.1rem;margin-bottom:.45rem}.axis span{display:none}.matrix{min-width:100%}.matrix th[scope=row]{min-width:6.5rem}.cell{min-width:8.5rem}.task>:not(summary){margin-left:0}.steps li,.task>summary{padding-left:0;padding-right:0}.task.failed>summary{padding:.22rem .5rem}#filter{position:static}.vm{scroll-margin-top:3.5rem}pre{font-size:.78rem}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
@media (forced-colors:active){.proportion,.line svg,.bars,.swatch{forced-color-adjust:none}.cell,.badge{border:1px solid}}
@media print{:root,[data-theme]{color-scheme:light}body{background:#fff;font-size:10.5pt}nav,#filter,.skip,button,fieldset{display:none!important}main,.top{max-width:none;padding:0}.card,.vm,tr,.line,.trend{break-inside:avoid}.vm[open]{break-inside:auto}h2,h3,h4{break-after:avoid}pre{max-height:none!important;overflow:visible}.scroll{overflow:visible}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}}
`;
