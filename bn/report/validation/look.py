"""The look of a validation's page: on a screen, on a telephone, and on paper."""

STYLE = """
:root{color-scheme:light;--line:#d9d9d9;--soft:#595959}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1a1a1a;font:15px/1.45 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.2rem 1rem 2rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.15rem;margin:1.6rem 0 .3rem;border-bottom:2px solid #1a1a1a}
h3{font-size:1rem;margin:1rem 0 .2rem}
h3 span{color:var(--soft);font-weight:400;font-size:.8rem;margin-left:.4rem}
p,ul{margin:.2rem 0 .5rem}
ul{padding-left:1.2rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem;margin:.8rem 0}
.tiles div{border:1px solid var(--line);border-radius:.3rem;padding:.5rem .7rem}
.tiles dt{color:var(--soft);font-size:.85rem}
.tiles dd{margin:0;font-size:1.35rem;font-variant-numeric:tabular-nums}
small{display:block;color:var(--soft);font-size:.78rem;white-space:nowrap}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1rem}
figure{margin:0}
figure svg{width:100%;height:auto;display:block;max-width:30rem}
figure.wide{overflow-x:auto}
figure.wide svg{min-width:32rem;max-width:46rem}
figcaption{color:var(--soft);font-size:.85rem}
.scroll{overflow-x:auto;margin:.4rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .7rem .2rem 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:400;white-space:nowrap}
thead th{font-weight:600;white-space:normal;vertical-align:bottom}
.words{text-align:left;color:var(--soft)}
th:first-child{text-align:left}
.columns{columns:22rem}
footer{margin-top:2rem;color:var(--soft);font-size:.85rem}
@media print{main{max-width:none;padding:0}body{font-size:10px}section,figure,.item{break-inside:avoid-page}}
"""
