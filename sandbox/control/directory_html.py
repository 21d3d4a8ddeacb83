"""The directory page's markup."""

from markupsafe import Markup

LIFECYCLE = {
    "hired": "kommt noch",
    "employed": "angestellt",
    "garden leave": "freigestellt",
    "leave": "abwesend",
    "parental leave": "Elternzeit",
    "terminated": "ausgeschieden",
}
METHODS = {
    "auto_approve_in_policy": "richtlinienkonform automatisch",
    "auto_approve_in_policy_notify": "richtlinienkonform automatisch, mit Nachricht",
    "manual_approve_all": "alles von Hand",
}
ORIGINS = {"manual": "von Hand", "automated": "automatisch", "default": "Standard"}

PAGE = Markup("""<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>Sandbox – {name}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{style}</style></head>
<body><header><h1>Sandbox</h1><nav>{tenants}</nav>{views}
<form method="get" action="/ui/{slug}/directory"><select id="filter" name="site"
aria-label="Standort">{filter}</select> <noscript><button>Anzeigen</button></noscript></form>
</header><main>{error}{form}{settings}<div id="tables">{tables}</div></main>
<script>{script}</script></body></html>
""")

FORM = Markup("""<section class="card"><h2>{title} <small>in HiBob</small></h2>
<form method="post" action="/ui/{slug}/directory/people" class="fields">
<input type="hidden" name="id" value="{id}"><input type="hidden" name="site" value="{site}">
<label>Vorname<input name="root.firstName" value="{first_name}" required></label>
<label>Nachname<input name="root.surname" value="{surname}" required></label>
<label>E-Mail<input name="root.email" value="{email}"></label>
<label>Standort<select name="work.siteId">{sites}</select></label>
<label>Abteilung<select name="work.department">{departments}</select></label>
<label>Position<select name="work.title">{titles}</select></label>
<label>Führungskraft<select name="work.manager">{managers}</select></label>
<label>Telefon<input name="work.workPhone" value="{phone}"></label>
<label>Eintritt<input type="date" name="work.startDate" value="{start}" required></label>
<label>Letzter Arbeitstag<input type="date" name="employee.lastDayOfWork"
value="{last_day}"></label>
<label>Vertragsende<input type="date" name="internal.terminationDate" value="{left}"></label>
<label>Abwesend<select name="internal.lifecycleStatus">{leaves}</select></label>
<label class="check"><input type="checkbox" name="hidden" {hidden}>für die Schnittstelle
unsichtbar</label>
<button>Speichern</button> <a class="button quiet" href="{back}">Abbrechen</a></form></section>
""")

SETTINGS = Markup("""<section class="card"><h2>Rechte und Tarif</h2>
<form method="post" action="/ui/{slug}/directory/settings" class="fields">
<input type="hidden" name="site" value="{site}">
<label>Personen in HiBob<select name="scope">{scopes}</select></label>
<label>Tarif bei TravelPerk<select name="plan">{plans}</select></label>
<button>Übernehmen</button></form></section>
""")

TABLES = Markup("""<div class="sides">
<section class="card"><h2>HiBob <small>{people_count} Personen</small></h2>
<div class="scroll"><table><thead><tr><th>Person</th><th>Abteilung, Standort</th>
<th>Führungskraft</th><th>Status</th></tr></thead><tbody>{people}</tbody></table></div>
</section>
<section class="card"><h2>TravelPerk <small>{user_count} Profile</small></h2>
<div class="scroll"><table><thead><tr><th>Nr.</th><th>Person</th><th>Firma</th><th>Kostenstelle</th>
<th>Führungskraft</th><th>Status</th></tr></thead><tbody>{users}</tbody></table>
</div></section></div>
<div class="sides">
<section class="card"><h2>Kostenstellen und Firmen <small>in TravelPerk</small></h2>
<div class="scroll"><table><thead><tr><th>Art</th><th>Name</th><th>Personen</th><th></th></tr>
</thead><tbody>{centers}</tbody></table></div></section>
<section class="card"><h2>Genehmigungsgruppen <small>in TravelPerk</small></h2>
<div class="scroll"><table><thead><tr><th>Name</th><th>Herkunft</th><th>Verfahren</th>
<th>Genehmigt</th><th>Personen</th><th></th></tr></thead><tbody>{groups}</tbody></table></div>
</section></div>""")

PERSON_ROW = Markup("""<tr><td>{name}<br><small>{email}</small></td>
<td>{department}, {site}<br><small>{title}</small></td><td>{manager}</td>
<td><span class="status {css}">{status}</span>{dates}<br>
<a class="button quiet" href="/ui/{slug}/directory?edit={id}&amp;site={chosen}">Bearbeiten</a>
<form method="post" action="/ui/{slug}/directory/people/{id}/delete">
<input type="hidden" name="site" value="{chosen}">
<button class="quiet danger">Löschen</button></form></td></tr>""")

USER_ROW = Markup("""<tr><td>{id}</td><td>{name}<br><small>{email}<br>{external_id}</small></td>
<td>{company}</td><td>{center}</td><td>{manager}</td>
<td><span class="status {css}">{status}</span></td></tr>""")

CENTER_ROW = Markup("<tr><td>{kind}</td><td>{name}</td><td>{count}</td><td>{note}</td></tr>")

GROUP_ROW = Markup("""<tr><td>{name}</td><td>{origin}</td><td>{method}</td><td>{approver}</td>
<td>{count}</td><td>{note}</td></tr>""")
