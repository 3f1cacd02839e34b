/** On paper, A4 or Letter: heads of tables on every sheet, no row in two halves, everything unfolded. */
export const printStyle = `
@page{margin:16mm 14mm 18mm;@bottom-left{content:"Countersign evidence report";font:8pt sans-serif;color:#545b63}@bottom-right{content:counter(page) " / " counter(pages);font:8pt sans-serif;color:#545b63}}
@page turned{size:landscape}
@media print{
.turned{page:turned}
nav li{grid-template-columns:2rem 14rem 11rem minmax(0,1fr)}
:root{color-scheme:light}
html{font-size:9.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{max-width:none;padding:0}
.skip,.back{display:none}
nav{break-before:page;padding-top:0}
nav+section{break-before:page;padding-top:0}
h2,h3,.finding,caption,summary,.begins{break-after:avoid}
tr,.facts>div,nav li,.steps li,.sign-off,.banner,.more{break-inside:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
.about{position:static;max-width:none;break-inside:avoid}
.about::after{content:"";display:block;height:24mm;margin-bottom:-24mm;break-inside:avoid}
table{font-size:8pt}
table.wide{font-size:6.8pt}
th,td{padding:2pt 4pt}
table.wide th,table.wide td{padding:1.5pt 2.5pt}
table.wide td.code code{max-width:13.5ch}
td.sentence{min-width:18ch}
td.long{min-width:16ch}
details::details-content{content-visibility:visible;display:block}
a{color:inherit}
tbody tr:hover{background:none}
}
`;
