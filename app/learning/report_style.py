"""The style of the report's page: the reader's light or dark, a phone's width or a desk's."""

from __future__ import annotations

STYLE = """
:root{--ground:#f6f7f9;--sheet:#fff;--ink:#1b2430;--soft:#5a6675;--line:#e2e6ec;--good:#2a7f62;--bad:#c4432f;
--range:#bcd9ce}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--sheet:#1b212a;--ink:#e8ecf1;--soft:#9aa7b5;
--line:#2c3541;--good:#5fc39d;--bad:#ef7c67;--range:#2f5647}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
sans-serif;-webkit-text-size-adjust:100%}
main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.1rem;margin:0 0 .25rem}
p{margin:.25rem 0}
header p,section>p,footer,.sure,.none,figcaption small{color:var(--soft)}
section{background:var(--sheet);border:1px solid var(--line);border-radius:.75rem;padding:1rem;margin-top:1rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem;padding:0;background:none;
border:0}
.card{background:var(--sheet);border:1px solid var(--line);border-radius:.75rem;padding:1rem}
.card h2{font-size:.95rem;font-weight:600;color:var(--soft)}
.figure{font-size:2.6rem;line-height:1.1;font-weight:650;font-variant-numeric:tabular-nums}
.bar{position:relative;height:.5rem;border-radius:.25rem;background:var(--line);margin:.5rem 0}
.bar .range{position:absolute;top:0;bottom:0;background:var(--range);border-radius:.25rem}
.bar .mark{position:absolute;top:-.2rem;bottom:-.2rem;width:3px;margin-left:-2px;background:var(--good);
border-radius:2px}
.hours{list-style:none;display:flex;gap:2px;margin:.5rem 0 0;padding:0}
.hours li{flex:1;text-align:center;min-width:0}
.stack{display:flex;align-items:flex-end;justify-content:center;gap:1px;height:7rem;border-bottom:1px solid
var(--line)}
.stack i{flex:1;max-width:.8rem;border-radius:2px 2px 0 0}
.right{background:var(--good)}
.wrong{background:var(--bad)}
.hours b{font-size:.7rem;font-weight:400;color:var(--soft)}
.key{font-size:.9rem}
.key i{display:inline-block;width:.7rem;height:.7rem;border-radius:2px;margin-left:.5rem}
.key i:first-child{margin-left:0}
.most{float:right}
table{width:100%;border-collapse:collapse;margin-top:.5rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.45rem .75rem .45rem 0;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;font-size:.85rem;font-weight:600;color:var(--soft)}
.note{color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
details{margin-top:.75rem}
summary{cursor:pointer;color:var(--soft);font-size:.9rem}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:1rem;margin-top:.75rem}
figure{margin:0}
figure img{width:100%;height:auto;display:block;border-radius:.5rem;background:var(--line)}
.gone{display:grid;place-items:center;aspect-ratio:4/3;border-radius:.5rem;background:var(--line);margin:0;
color:var(--soft)}
figcaption{font-size:.9rem;margin-top:.4rem}
figcaption code{display:block}
code{font-size:.85em;overflow-wrap:anywhere}
footer{margin-top:1rem;font-size:.9rem}
@media (max-width:40rem){
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tr{display:block;border-top:1px solid var(--line);padding:.5rem 0}
th,td{display:flex;justify-content:space-between;gap:1rem;border:0;padding:.15rem 0}
td::before{content:attr(data-label);color:var(--soft);white-space:nowrap}
.note{text-align:right}.note::before{text-align:left}
.note:empty,.note:empty::before{display:none}
.hours b{font-size:.6rem}.hours li:nth-child(even) b{visibility:hidden}
}
@media print{body{background:#fff}section,.card{break-inside:avoid}}
"""
