/** The style of the page: system fonts, no picture, no address. */
import { colours } from './palette.ts';
import { printStyle } from './print-style.ts';

export const stylesheet = `
:root{color-scheme:light dark;${colours('light')}}
@media screen and (prefers-color-scheme:dark){:root{${colours('dark')}}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:80rem;padding:1.5rem clamp(1rem,4vw,3rem) 4rem;overflow-wrap:anywhere}
h1,h2,h3,p,dl,ol{margin:0}
h1,h2,.product{font-family:Charter,"Bitstream Charter","Sitka Text",Cambria,"Liberation Serif",Georgia,serif}
h1{font-size:clamp(1.6rem,1.1rem + 2.2vw,2.3rem);line-height:1.2;font-weight:600;letter-spacing:-.01em;margin:.15rem 0 .5rem}
h2{font-size:1.45rem;line-height:1.25;font-weight:600}
h3{font-size:1rem;line-height:1.4;font-weight:650;display:inline}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:.06em}
a:hover{text-decoration-thickness:.12em}
:focus-visible{outline:.15rem solid var(--link);outline-offset:.15rem;border-radius:.15rem}
code{font-family:ui-monospace,"Cascadia Mono","SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
time,.at,td.number{font-variant-numeric:tabular-nums}
.skip{position:absolute;left:-100rem}
.skip:focus{position:static}

header{border-top:.3rem solid var(--ink);padding:1rem 0 0}
.product{font-size:1rem;font-weight:600}
.product span{color:var(--quiet);font-weight:400;padding-left:.4em}
.period{color:var(--quiet)}
.banner{margin:1.25rem 0 0;padding:.9rem 1.1rem;border:1px solid var(--rule);border-left:.4rem solid var(--told);background:var(--told-shade);font-size:1.06rem}
.banner.fine{border-left-color:var(--fine);background:var(--fine-shade)}
.banner.attention{border-left-color:var(--attention);background:var(--attention-shade)}
.banner .says{display:block;max-width:70ch}

.verdict{font-weight:650;white-space:nowrap}
.verdict.fine{color:var(--fine)}
.verdict.attention{color:var(--attention)}
.verdict.told{color:var(--told)}
.mark{width:.95em;height:.95em;vertical-align:-.1em;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}

section{padding-top:2.75rem}
section>h2,nav>h2{border-bottom:1px solid var(--ink);padding-bottom:.35rem;scroll-margin-top:1rem}
.ordinal{color:var(--quiet);font-variant-numeric:tabular-nums}
h2 .ordinal{font-weight:400;padding-right:.25em}
.finding{margin:.7rem 0 0}
.finding .verdict{padding-right:.5em}
.text{margin:.7rem 0 0;max-width:75ch;white-space:pre-line}
.back{margin-top:.9rem;font-size:.85rem}

nav{padding-top:2.75rem}
nav ol{list-style:none;padding:0}
nav li{display:grid;grid-template-columns:2rem minmax(9rem,15rem) 11rem minmax(0,1fr);gap:0 .75rem;padding:.42rem 0;border-bottom:1px solid var(--rule)}
nav li .ordinal{text-align:right}
nav li .says{color:var(--quiet)}

.facts{margin-top:1rem;border-top:1px solid var(--rule)}
.facts>div{display:grid;grid-template-columns:minmax(10rem,16rem) minmax(0,1fr);gap:0 1.25rem;padding:.38rem 0;border-bottom:1px solid var(--rule)}
dt{color:var(--quiet)}
dd{margin:0;white-space:pre-line;overflow:clip;unicode-bidi:isolate}
dd .verdict{padding-left:.5em}

.scroll{margin-top:1.6rem;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.86rem;line-height:1.4}
caption{text-align:left;padding:0 0 .5rem}
.about{position:sticky;left:0;max-width:calc(100vw - 2*clamp(1rem,4vw,3rem));width:fit-content;font-size:.95rem}
.about p{max-width:80ch;color:var(--quiet)}
.about .file{font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:.34rem .6rem;border-bottom:1px solid var(--rule)}
th{background:var(--shade);font-weight:650;border-top:1px solid var(--rule);border-bottom:1px solid var(--quiet);vertical-align:bottom;overflow-wrap:normal}
td{overflow:clip;overflow-wrap:break-word;unicode-bidi:isolate}
th.number,td.number{text-align:right}
td.number{white-space:nowrap}
time span{white-space:nowrap}
td.code code,td.file a{display:inline-block;width:max-content;max-width:26.5ch;overflow-wrap:anywhere}
td.sentence{min-width:24ch}
td.long{overflow-wrap:anywhere;min-width:28ch}
td.unknown{color:var(--quiet)}
tbody tr:hover{background:var(--shade)}
.more{margin-top:.5rem;font-size:.9rem}
.empty{margin-top:1.6rem}
.empty p{color:var(--quiet)}

.session{margin-top:1.2rem;border:1px solid var(--rule);border-radius:.25rem;padding:.75rem 1rem}
.session summary{cursor:pointer}
.session summary h3 code{font-size:.92rem}
.session .begins{margin:.35rem 0 .6rem;color:var(--quiet);font-size:.88rem}
.steps{list-style:none;padding:0;border-top:1px solid var(--rule)}
.steps li{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:0 1rem;padding:.4rem 0;border-bottom:1px solid var(--rule)}
.steps li:last-child{border-bottom:0}
.steps .at{text-align:right;color:var(--quiet);font-size:.9rem}
.steps .type{font-weight:650}
.steps .where{color:var(--quiet);font-size:.82rem}

.sign-offs{display:grid;gap:1.2rem;margin-top:1.4rem}
.sign-off{display:flex;flex-wrap:wrap;gap:0 1.5rem;border:1px solid var(--rule);padding:.9rem 1.1rem 1rem}
.sign-off p:first-child{flex-basis:100%}
.line{flex:1 1 8rem;border-top:1px solid var(--ink);margin-top:2.6rem;padding-top:.2rem;font-size:.8rem;color:var(--quiet)}
.line.wide{flex-grow:2;flex-basis:14rem}

footer{margin-top:3.5rem;border-top:1px solid var(--rule);padding-top:.9rem;font-size:.85rem;color:var(--quiet)}
footer p+p{margin-top:.5rem}

@media screen and (max-width:52rem){
nav li{grid-template-columns:2rem minmax(0,1fr);gap:.1rem .75rem}
nav li .verdict,nav li .says{grid-column:2}
.facts>div{grid-template-columns:minmax(0,1fr)}
}
@media screen and (max-width:30rem){
.verdict{white-space:normal}
.steps li{grid-template-columns:minmax(0,1fr)}
.steps .at{text-align:left}
.session{padding:.6rem .7rem}
}
${printStyle}`;
