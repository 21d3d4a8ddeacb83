"""The demo page's markup."""

from markupsafe import Markup

STATUSES = {
    "APPROVED": "genehmigt",
    "PENDING": "beantragt",
    "SUBSTITUTE_REQUESTED": "Vertretung angefragt",
    "DELETION_PENDING": "Löschung beantragt",
}

STYLE = Markup("""
:root { --ink:#1f2430; --soft:#6b7280; --line:#e5e7eb; --accent:#2f5bea; --page:#f6f7fb; }
* { box-sizing:border-box }
body { margin:0; font:15px/1.45 system-ui,sans-serif; color:var(--ink); background:var(--page) }
header { background:#fff; border-bottom:1px solid var(--line); padding:.8rem 1.5rem;
  display:flex; gap:1.5rem; align-items:center; flex-wrap:wrap }
header h1 { font-size:1.1rem; margin:0 }
nav a { margin-right:.4rem; padding:.3rem .8rem; border-radius:1rem; text-decoration:none;
  color:var(--soft) }
nav a.here { background:var(--accent); color:#fff }
main { padding:1.2rem 1.5rem; max-width:1700px; margin:auto }
.card { background:#fff; border:1px solid var(--line); border-radius:.7rem; padding:1rem;
  margin-bottom:1.2rem }
.card h2 { font-size:1rem; margin:0 0 .7rem } .card h2 small { color:var(--soft); font-weight:400 }
.fields { display:flex; flex-wrap:wrap; gap:.7rem; align-items:end }
label { display:flex; flex-direction:column; font-size:.8rem; color:var(--soft); gap:.2rem }
label.check { flex-direction:row; align-items:center; padding-bottom:.5rem }
input,select { font:inherit; padding:.35rem .5rem; border:1px solid #cfd4dc; border-radius:.4rem;
  background:#fff; color:var(--ink) }
input[type=number] { width:5.5rem }
button,.button { font:inherit; border:1px solid var(--accent); background:var(--accent);
  color:#fff; border-radius:.4rem; padding:.35rem .9rem; cursor:pointer; text-decoration:none }
button.quiet,.button.quiet { background:none; color:var(--accent); border-color:transparent;
  padding:.1rem .4rem }
button.danger { color:#b42318 }
.sides { display:grid; grid-template-columns:minmax(0,1fr) minmax(0,1fr); gap:1.2rem;
  align-items:start }
@media (max-width:1150px) { .sides { grid-template-columns:minmax(0,1fr) } }
.scroll { overflow-x:auto }
table { border-collapse:collapse; width:100%; font-size:.88rem }
th { text-align:left; color:var(--soft); font-weight:500 }
th,td { padding:.4rem .5rem; border-bottom:1px solid var(--line); vertical-align:top }
td form { display:inline } td.actions { text-align:right }
.status { border-radius:1rem; padding:.05rem .6rem; background:#eef0f4; white-space:nowrap }
.approved { background:#dcf5e4; color:#14532d } .pending { background:#fff1cc; color:#713f12 }
.error { background:#fee4e2; color:#912018; padding:.6rem 1rem; border-radius:.5rem }
.note { color:var(--soft); font-size:.85rem; margin:.2rem 0 0 }
""")

SCRIPT = Markup("""
const box = document.getElementById("tables");
async function refresh() {
  try {
    const answer = await fetch(box.dataset.url, {cache: "no-store"});
    if (answer.ok) { box.innerHTML = await answer.text(); }
  } catch (gone) { /* the sandbox has been stopped */ }
}
const page = location.pathname.match(/^\\/ui\\/[^/]+(\\/directory|\\/plan)?/)[0];
const filter = document.getElementById("filter");
box.dataset.url = page + "/tables?" + new URLSearchParams(new FormData(filter.form));
setInterval(refresh, 3000);
filter.addEventListener("change", () => filter.form.submit());
""")

PAGE = Markup("""<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>Sandbox – {name}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{style}</style></head>
<body><header><h1>Sandbox</h1><nav>{tenants}</nav>{views}
<form method="get" action="/ui/{slug}"><select id="filter" name="person" aria-label="Person">
{filter}</select> <noscript><button>Anzeigen</button></noscript></form></header>
<main>{error}{form}<div id="tables">{tables}</div></main><script>{script}</script></body></html>
""")

FORM = Markup("""<section class="card"><h2>{title} <small>in Personio</small></h2>
<form method="post" action="/ui/{slug}/absences" class="fields">
<input type="hidden" name="id" value="{id}"><input type="hidden" name="person" value="{person}">
<label>Person<select name="employee_id" required>{people}</select></label>
<label>Art<select name="type_id" required>{types}</select></label>
<label>Von<input type="date" name="first" value="{first}" required></label>
<label>Bis (leer: offen)<input type="date" name="last" value="{last}"></label>
<label class="check"><input type="checkbox" name="half_start" {half_start}>erster Tag ab
mittags</label>
<label class="check"><input type="checkbox" name="half_end" {half_end}>letzter Tag bis
mittags</label>
<label>Stundenweise ab<input type="time" name="begin" value="{begin}"></label>
<label>Minuten<input type="number" name="minutes" min="15" step="15" value="{minutes}"></label>
<label>Status<select name="status">{statuses}</select></label>
<label>Kommentar<input name="comment" value="{comment}"></label>
<button>Speichern</button> <a class="button quiet" href="{back}">Abbrechen</a></form>
<p class="note">Beginn und Minuten zählen nur bei stundenweisen Arten.</p></section>
""")

TABLES = Markup("""<div class="sides">
<section class="card"><h2>Personio <small>{personio_count} Abwesenheiten</small></h2>
<div class="scroll"><table><thead><tr><th>Person</th><th>Art</th><th>Zeitraum</th><th>Status</th>
<th></th></tr></thead><tbody>{personio}</tbody></table></div></section>
<section class="card"><h2>helloHQ <small>{hq_count} Abwesenheiten derselben Personen</small></h2>
<div class="scroll"><table><thead><tr><th>Nr.</th><th>Person</th><th>Art</th><th>Zeitraum</th>
<th>Tage</th><th>Notiz</th><th>Angelegt</th></tr></thead><tbody>{hq}</tbody></table></div>
</section></div>""")

PERSONIO_ROW = Markup("""<tr><td>{name}</td><td>{kind}</td><td>{days}</td>
<td><span class="status {css}">{status}</span> {approve}</td><td class="actions">
<a class="button quiet" href="/ui/{slug}?edit={id}&amp;person={person}">Bearbeiten</a>
<form method="post" action="/ui/{slug}/absences/{id}/delete">
<input type="hidden" name="person" value="{person}">
<button class="quiet danger">Löschen</button></form></td></tr>""")

APPROVE = Markup("""<form method="post" action="/ui/{slug}/absences/{id}/approve">
<input type="hidden" name="person" value="{person}">
<button class="quiet">Genehmigen</button></form>""")

HQ_ROW = Markup("""<tr><td>{id}</td><td>{name}</td><td>{kind}</td><td>{days}</td>
<td>{missed}</td><td>{note}</td><td>{author}</td></tr>""")
