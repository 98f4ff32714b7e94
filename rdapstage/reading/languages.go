package reading

import "strings"

// A language is how one language says that nobody has a name: a subject, with or
// without the name, and what is said of it; and sentences without a subject.
type language struct {
	subject, predicate string // patterns; "" = the language has whole sentences only
	sentences          []string
	words              []string // one of which every sentence has
}

// languages are those in which registries speak besides English; first and
// foremost without their accents, as port 43 was long without them.
var languages = []language{
	{ // Spanish
		`(?:(?:el|este|su) )?(?:nombre de )?dominio(?: solicitado| consultado)?`,
		`(?:no (?:existe|est[aá] registrado|se encuentra registrado|encontrado|registrado|se encontr[oó])(?: en [\p{L} .-]{0,40})?|(?:est[aá] )?(?:disponible|libre)(?: para (?:su )?registro)?)`,
		[]string{reName + `:? no existe`, `no (?:existe|encontrado)`, `no se encontr(?:[oó]|aron) (?:(?:el|ning[uú]n|los) )?(?:dominio|registros?|resultados?|objetos?|datos)`, `(?:no_se_encontro_el_objeto/)?object_not_found`},
		[]string{"no ", "no_", "object_not_found", "dispon", "libre"},
	},
	{ // Portuguese
		`(?:(?:o|este) )?(?:dom[ií]nio|nome de dom[ií]nio)`,
		`(?:n[aã]o (?:existe|registrado|registado|encontrado|est[aá] registr?ado)|inexistente|(?:est[aá] )?(?:livre|dispon[ií]vel)(?: para registr?o)?)`,
		[]string{`nenhum (?:registr?o|resultado|objeto|dom[ií]nio) (?:foi )?encontrado`},
		[]string{"n\u00e3o", "nao", "inexistente", "livre", "dispon", "nenhum"},
	},
	{ // French
		`(?:(?:le|ce) )?(?:nom de )?domaine`,
		`(?:n'existe pas|n'est pas enregistr[ée]|non (?:trouv|enregistr)[ée]|inconnu|(?:est )?(?:libre|disponible)(?: [aà] l'enregistrement)?)`,
		[]string{`aucune? (?:r[ée]sultat|enregistrement|entr[ée]e|objet|domaine|donn[ée]e)s? (?:n'a [ée]t[ée] )?trouv[ée]e?`},
		[]string{"n'", "non ", "inconnu", "libre", "dispon", "aucun"},
	},
	{ // German
		`(?:(?:die|der|diese) )?domain(?:name)?`,
		`(?:(?:ist |wurde )?nicht (?:registriert|vergeben|gefunden)|(?:ist )?frei|existiert nicht)`,
		[]string{reName + ` ist frei`, `keine? (?:eintr[aä]ge?|eintrag|daten|treffer|ergebnisse?) gefunden`, `nichts gefunden`},
		[]string{"nicht", "frei", "kein"},
	},
	{ // Italian
		`(?:(?:il|questo) )?(?:nome a )?dominio`,
		`(?:non (?:trovato|(?:[eèé] )?registrato|esiste|esistente)|(?:[eèé] )?(?:disponibile|libero))`,
		[]string{`nessun (?:risultato|record|dato|dominio)(?: [eèé] stato)? trovato`},
		[]string{"non ", "dispon", "libero", "nessun"},
	},
	{ // Dutch
		`(?:(?:de|het) )?domein(?:naam)?`,
		`(?:(?:is )?niet (?:gevonden|geregistreerd)|(?:is )?(?:vrij|beschikbaar)|bestaat niet)`,
		[]string{reName + ` is vrij`, `geen (?:resultaten|gegevens|domein) gevonden`},
		[]string{"niet", "vrij", "geen", "beschikbaar"},
	},
	{ // Polish, Czech, Slovak, and their neighbours
		`(?:nazwa )?dom[eé]na`,
		`(?:nie istnieje|nie jest zarejestrowana|neexistuje|nenalezena|nen[aá]jden[aá]|(?:nen[ií]|nie je) (?:registrovan[aá]|zaregistrovan[aá])|(?:je |jest )?(?:voln[aá]|wolna)|ne postoji|nije registr(?:ov|ir)ana|ni registrirana|(?:je )?(?:slobodna|prosta))`,
		[]string{`nie znaleziono(?: domeny| rekord[oó]w| wynik[oó]w)?`, `z[aá]znam nenalezen`, `[zž][aá]dn[eéyý] z[aá]znamy? (?:ne)?nalezeny?`},
		[]string{"nie ", "ne ", "ni ", "neexistuje", "nen", "nije", "wolna", "voln", "slobodna", "prosta"},
	},
	{ // Hungarian
		``, ``,
		[]string{`nincs tal[aá]lat`, `no match ?/ ?nincs tal[aá]lat`, `(?:a )?dom[eé]n nem tal[aá]lhat[oó]`},
		[]string{"nincs", "nem "},
	},
	{ // Romanian
		`(?:numele de )?domeni(?:ul|u)`,
		`(?:nu (?:exist[aă]|(?:este|e) [iî]nregistrat|a fost g[aă]sit)|(?:este )?(?:liber|disponibil))`,
		nil, []string{"nu ", "liber", "dispon"},
	},
	{ // Turkish
		`alan ad[ıi]`, `(?:bulunamad[ıi]|kay[ıi]tl[ıi] de[gğ]il(?:dir)?|m[uü]saittir?)`,
		[]string{`kay[ıi]t bulunamad[ıi]`}, []string{"bulunamad", "kayıtlı", "kayitli", "musait", "müsait"},
	},
	{ // Russian and Ukrainian
		`(?:домен(?:ное имя|не ім['’]я)?)`, `(?:не (?:найден[оа]?|зарегистрирован[оа]?|существует|знайдено|зареєстровано|існує)|свобод(?:ен|но)|вільн(?:ий|е))`,
		[]string{`(?:ничего|данных|записей) не найдено`, `(?:нічого|даних|записів) не знайдено`},
		[]string{"не ", "свобод", "вільн"},
	},
	{ // Swedish, Norwegian, Danish
		`(?:domänen|domännamnet|domenet|domenenavnet|domænet|domænenavnet)`, `(?:hittades inte|er ikke (?:registrert|registreret)|finnes ikke|findes ikke|ble ikke funnet|är inte registrerad|(?:är|er) ledigt?)`,
		[]string{reName + ` är ledigt?`, reName + ` er ledigt?`},
		[]string{"inte", "ikke", "ledig"},
	},
	{ // Finnish, Estonian, Latvian, Lithuanian
		``, ``,
		[]string{`verkkotunnusta ei (?:l[oö]ydy|l[oö]ytynyt|ole rekister[oö]ity)`, `verkkotunnus on vapaa`, `domeen(?:inimi)? on vaba`, `dom[eē]ns (?:nav re[gģ]istr[eē]ts|ir br[iī]vs)`, `domenas (?:laisvas|neregistruotas)`},
		[]string{" ei ", "vapaa", "vaba", "nav ", "br\u012bvs", "brivs", "laisvas", "neregistruotas"},
	},
	{ // Chinese, Japanese, Korean
		``, ``,
		[]string{`(?:該|该)?(?:網域名稱|网域名称|域名|網域)(?:尚)?未(?:被)?(?:註冊|注册|登記|登记)`, `没有找到匹配的(?:记录|纪录)`, `該当するデータがありません`, `(?:상기 도메인이름은 )?등록되어 있지 않습니다`},
		[]string{"未", "没有找到", "ありません", "않습니다"},
	},
}

// tongue is a language, compiled.
type tongue struct {
	words []string
	lines []*pattern
}

var foreignLines = func() (tongues []tongue) {
	for _, l := range languages {
		lines := l.sentences
		if l.subject != "" {
			lines = append([]string{`(?:` + l.subject + `:? )(?:` + reName + `,? )?(?:- )?` + l.predicate}, lines...)
		}
		tongues = append(tongues, tongue{l.words, compileAll(lines...)})
	}
	return tongues
}()

// foreignFree are the values of a status field that say free.
const foreignFree = `disponible|libre|dispon[ií]vel|livre|libero|disponibile|frei|vrij|wolna|voln[aá]|slobodna|liber|ledigt?|vapaa|vaba|br[iī]vs|laisvas|свободен|вільний`

// foreignDeny are the words of limits, errors and reservations in them. They
// are asked about what stands beside a "not found"; lower case.
var foreignDeny = patternOf(`(?:^|\PL)(?:` + strings.Join([]string{
	`l[ií]mites?\b|exced|demasiad|intent[ea] (?:de nuevo|m[aá]s tarde|nuevamente)|bloquead|reservad|restringid|denegad|prohibid|temporal|mantenimiento`,
	`muitas|tente (?:novamente|mais tarde)|proibid|manuten|indispon|negad`,
	`trop de|d[ée]pass|r[ée]essa[yi]|r[ée]serv[ée]|bloqu[ée]|interdit|refus|plus tard|indisponible|restreint`,
	`zu viele|[uü]berschritten|sp[aä]ter|gesperrt|reserviert|blockiert|verweigert|nicht verf[uü]gbar|wartung`,
	`troppe|superat|riprova|riservat|bloccat|negat|vietat|non disponibile|manutenzione`,
	`te veel|limiet|overschreden|gereserveerd|geblokkeerd|geweigerd`,
	`zbyt wiel|przekroczon|zarezerwowan|zablokowan|p[oó][zź]niej|odmow|p[rř][ií]li[sš] mnoho|p[rř]ekro[cč]en|rezervov|rezervisan|zablokov|pozd[eě]ji|zakazan`,
	`t[uú]l sok|foglalt|tiltott|k[eé]s[oő]bb|prea mult|dep[aă][sș]it|rezervat|blocat`,
	`[cç]ok fazla|a[sş][ıi]ld[ıi]|rezerve|yasak|engel|tekrar dene`,
	`слишком|превыш|лимит|заблокир|зарезерв|запрещ|позже|забагато|перевищ|ліміт|заблок|зарезервов|пізніше`,
	`f[oö]r m[aå]nga|reserver|sp[aä]rrad|sperret|sp[aæ]rret|senere|senare|liian mon|varattu|my[oö]hemmin`,
}, "|") + `)|超过|超過|限制|频繁|頻繁|保留|稍后|稍後|拒绝|拒絕|禁止|制限|予約|초과|제한|예약|차단`)
