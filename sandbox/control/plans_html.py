"""The projects page's markup."""

from markupsafe import Markup

PAGE = Markup("""<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>Sandbox – {name}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{style}
td.level2 {{ padding-left:1.4rem }} td.level3 {{ padding-left:2.6rem }}
td.level4 {{ padding-left:3.8rem }} tr.phase td {{ font-weight:600 }}
tr.done td:first-child {{ text-decoration:line-through; color:var(--soft) }}
summary {{ cursor:pointer; font-weight:600 }} select[multiple] {{ height:6.5rem }}</style></head>
<body><header><h1>Sandbox</h1><nav>{tenants}</nav>{views}
<form method="get" action="/ui/{slug}/plan"><select id="filter" name="project"
aria-label="Projekt">{filter}</select> <noscript><button>Anzeigen</button></noscript></form>
</header><main>{error}{forms}<div id="tables">{tables}</div></main>
<script>{script}</script></body></html>
""")

TASK_FORM = Markup("""<details class="card" {open}><summary>{title}</summary>
<form method="post" action="/ui/{slug}/plan/tasks" class="fields">
<input type="hidden" name="side" value="{side}"><input type="hidden" name="id" value="{id}">
<input type="hidden" name="project" value="{project}">
<label>Name<input name="name" value="{name}" required></label>
<label>Gehört zu<select name="place">{places}</select></label>
<label>Art<select name="kind">{kinds}</select></label>
<label>Status<select name="status">{statuses}</select></label>
<label>Start<input type="date" name="first" value="{first}"></label>
<label>Ende<input type="date" name="last" value="{last}"></label>
<label>Soll (Std.)<input type="number" name="hours" min="0" step="0.25" value="{hours}"></label>
<label>Personen<select name="people" multiple>{people}</select></label>
<button>Speichern</button> <a class="button quiet" href="{back}">Abbrechen</a></form></details>
""")

TIME_FORM = Markup("""<details class="card" {open}><summary>{title}</summary>
<form method="post" action="/ui/{slug}/plan/times" class="fields">
<input type="hidden" name="id" value="{id}"><input type="hidden" name="project" value="{project}">
<label>Person<select name="user">{people}</select></label>
<label>Aufgabe<select name="task">{tasks}</select></label>
<label>Tag<input type="date" name="day" value="{day}" required></label>
<label>Beginn<input type="time" name="begin" value="{begin}" required></label>
<label>Minuten<input type="number" name="minutes" min="1" value="{minutes}" required></label>
<label>Notiz<input name="note" value="{note}"></label>
<label class="check"><input type="checkbox" name="billable" {billable}>abrechenbar</label>
<button>Speichern</button>
<button class="quiet" name="timer" value="start" formnovalidate>Timer starten</button>
<a class="button quiet" href="{back}">Abbrechen</a></form></details>
""")

TABLES = Markup("""<div class="sides">
<section class="card"><h2>helloHQ <small>{hq_count} Zeilen {hq_note}</small></h2>
<div class="scroll"><table><thead>{head}</thead><tbody>{hq}</tbody></table></div></section>
<section class="card"><h2>awork <small>{awork_count} Zeilen {awork_note}</small></h2>
<div class="scroll"><table><thead>{head}</thead><tbody>{awork}</tbody></table></div></section>
<section class="card"><h2>Reportings <small>{reporting_count} in helloHQ</small></h2>
<div class="scroll"><table><tbody>{reportings}</tbody></table></div></section>
<section class="card"><h2>Zeiten <small>{time_count} in awork</small></h2>
<div class="scroll"><table><tbody>{times}</tbody></table></div></section></div>
""")

HEAD = Markup(
    "<tr><th>Name</th><th>Art</th><th>Status</th><th>Zeitraum</th><th>Soll</th>"
    "<th>Personen</th><th></th></tr>"
)

ROW = Markup("""<tr class="{css}"><td class="level{level}">{name}</td><td>{kind}</td>
<td>{status}</td><td>{span}</td><td>{hours}</td><td>{people}</td>
<td class="actions">{actions}</td></tr>
""")

EDIT = Markup(
    '<a class="button quiet" href="/ui/{slug}/plan?project={project}&amp;edit={key}">Ändern</a>'
)
ACT = Markup("""<form method="post" action="/ui/{slug}/plan/{side}/{id}/{action}">
<input type="hidden" name="project" value="{project}"><button class="quiet {css}">{label}</button>
</form>""")

TIME_ROW = Markup("""<tr><td>{day}</td><td>{name}</td><td>{task}</td><td>{length}</td>
<td>{note}</td><td>{flags}</td><td class="actions">{actions}</td></tr>
""")
