package reading

import (
	"slices"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
)

// field is one "key: value" of a WHOIS text; value is "" for a heading.
type field struct {
	key, value string // key squashed: "creationdate"
	line       int
}

// keyValue matches the layouts of fields: "key: value", "key......: value",
// "[key] value" and "a. [key] value".
var keyValue = patternOf(`^(?:[\p{L}\d]{1,2}\. ?|\p{L} )?(?:\[([^\[\]]{1,40})\]\s*(.*)|([\p{L}\p{N}\p{M}][\p{L}\p{N}\p{M} ()/'._,-]{0,60}?)[ .]*:(?:\s+(.*)|$))`)

// wideValue matches "key      value" in columns, of few servers.
var wideValue = patternOf(`^\s*(\p{L}[\p{L} -]{2,30}?)(?:\t+| {3,}|\.{3,} ?)(\S.*)$`)

// fields reads the fields of the reply, terms and furniture left out.
func (r *whoisText) fields() []field {
	var all []field
	for i, l := range r.lines {
		if l.text == "" || l.kind == furniture || l.kind == legal {
			continue
		}
		if f, ok := splitField(l); ok {
			f.line = i
			all = append(all, f)
		}
	}
	return all
}

func splitField(l textLine) (field, bool) {
	if m := keyValue.FindStringSubmatch(l.text); m != nil {
		return field{key: squashKey(m[1] + m[3]), value: strings.TrimSpace(m[2] + m[4])}, true
	}
	if m := tightValue.FindStringSubmatch(strings.TrimPrefix(l.text, "domain:")); m != nil && classOf(squashKey(m[1])) != keyOther {
		return field{key: squashKey(m[1]), value: m[2]}, true
	}
	if m := wideValue.FindStringSubmatch(strings.TrimRight(l.raw, " ")); m != nil && classOf(squashKey(m[1])) != keyOther {
		return field{key: squashKey(m[1]), value: strings.TrimSpace(m[2])}, true
	}
	return field{}, false
}

// tightValue matches "key:value" without a space, and "key = value".
var tightValue = patternOf(`^([\p{L}][\p{L}\p{N} ._-]{1,40}?)(?::| *= )(\S.*)$`)

func squashKey(s string) string {
	return strings.Trim(squashDots.Replace(squash(strings.ToLower(s))), ":")
}

var squashDots = strings.NewReplacer(".", "", "'", "", ",", "", "(", "", ")", "")

// keyClass is what a field is about.
type keyClass uint8

const (
	keyOther keyClass = iota
	keyDomain
	keyStatus
	keyRegistrar
	keyCreated
	keyExpires
	keyHolder // registrant, contacts
	keyServer // name servers
	keyUpdated
	keyQuery
)

// keyClasses are tried in order; a key is in the first class with a match.
var keyClasses = []struct {
	class keyClass
	re    *pattern
}{
	{keyUpdated, patternOf(`^(?:last)?(?:updated?|modified|changed?|modification|lastupdate)(?:date|on|at)?$|^(?:record|domain)?last(?:updated|modified|changed|update|change)\w*$|^最終更新$|^updateddate`)},
	{keyCreated, patternOf(`creat(?:ed|ion)|cr[ée]{1,2}ation|creaci[oó]n|cria[cç][aã]o|kayıttarihi|erstellt|registriertam|^registered(?:on|date|since)?$|registrationdate|registrationtime|registeredon|registered(?:date)?$|^activat|^domainregistered|registdate|datade(?:registo|cria)|登録年月日|등록일|注册时间|注冊時間|datumregistrace|datarejestracji|датарегистрации|^fechade(?:creacion|registro|activacion)|^dateregistered|commencement|^entrycreated|recordcreated|^relevantdates`)},
	{keyExpires, patternOf(`expir|vencimento|vencimiento|bitiştarihi|scadenza|paidtill|renew(?:al|edon|date)|validuntil|validity|有効期限|사용종료일|到期时间|到期時間|датаокончания|оплачендо|^fechadevencimiento|^freedate$`)},
	{keyRegistrar, patternOf(`registrar(?:name|handle|id|info|organi[sz]ation|ianaid)?$|^registrar|^sponsoringregistrar|authori[sz]edagency|등록대행자|注册商|註冊商|rejestrator|registrátor|регистратор|^entidadegestora|^registrationserviceprovider`)},
	{keyServer, patternOf(`nameserver|^nserver|^dns\d*$|domainserver|hostname|^ns\d*$|ネームサーバ|네임서버|^pnameserver|^servidor|^hosts?$|^primarynameserver|serverlist|^dnsservers?`)},
	{keyHolder, patternOf(`registrant|holder|^owner|^org(?:anisation|anization|name)?$|^admin|^tech|^billing|titular|^person|^contact|^responsible|^zonec|登録者|등록인|注册人|držitel|drzitel|abonent|titulaire|inhaber|houder|владелец|^descr$|^nichdl`)},
	{keyStatus, patternOf(`^(?:domain|query|registration|current|eppp?|object)?_?(?:status|state|estado|estatus|statut|stato|durum)(?:es|deldominio)?\d*$|^estado|^状態$|/status$|^registrationstatus|^releaseprocess|^dostupnost`)},
	{keyQuery, patternOf(`^(?:query|queried(?:name|domain|object))$`)},
	{keyDomain, patternOf(`^(?:complete|requested|idn?|ascii|full|internet)?domain(?:name|information|idn|en?t?)?(?:ascii|ace|en|asciicompatibleencoding)?$|^domaine?(?:name)?$|^(?:nomde|nomede|nombrede|nombredel|nomdel|nomedo|nomedel)?dom(?:[ií]ni?[oe]?|aine)(?:/domain_?name)?$|^alanad[ıi]$|^domänenname$|^nazwadomeny$|^имядомена$|domainname$|^dominio$|^domena$|^nomedodominio|^ドメイン名$|^도메인이름$|^domínio$|^домен$|^域名$|^网域名称$|^doménovéjméno$|^domeinnaam$|^nomdomaine$|^dominio/domainname$|^dn$|^acename$|^name$|^object$`)},
}

func classOf(key string) keyClass {
	if strings.HasPrefix(key, "not") {
		return keyOther // "Not registered: x" is a sentence
	}
	for _, c := range keyClasses {
		if c.re.MatchString(key) {
			return c.class
		}
	}
	return keyOther
}

// record is what the fields of a reply say together.
type record struct {
	domain    string   // the name in the record, as written; "" = none
	others    []string // further names in domain fields
	statuses  []string
	statusAt  []int
	evidence  map[keyClass]bool // of what a registration has
	registrar string
	created   time.Time
	expires   time.Time
	ending    string // what the server leaves out of names
}

// owned reports whether somebody has the name: a record of a kept back name has
// no registrar and no servers.
func (rec *record) owned() bool {
	return rec.evidence[keyRegistrar] || rec.evidence[keyServer] || !rec.created.IsZero()
}

// record reads the reply's fields as a record.
func (r *whoisText) record() *record {
	rec := &record{evidence: map[keyClass]bool{}, ending: r.row.ending}
	if tld := facts.OnlyTLD(r.host); rec.ending == "" && tld != "" {
		rec.ending = "." + tld
	}
	all := r.fields()
	for i, f := range all {
		value := f.value
		if value == "" {
			value, f.line = r.below(f.line, all, i)
		}
		if value != "" {
			rec.take(classOf(f.key), f, value)
		}
	}
	return rec
}

// below returns the line under a heading, where its value stands in some
// layouts, and which that is; "" when the next line is a field of its own.
func (r *whoisText) below(line int, all []field, i int) (value string, at int) {
	for next := line + 1; next < len(r.lines) && next <= line+2; next++ {
		l := r.lines[next]
		if l.text == "" {
			continue
		}
		if l.kind == furniture || l.kind == legal || i+1 < len(all) && all[i+1].line == next && classOf(all[i+1].key) != keyOther {
			return "", line
		}
		return l.text, next
	}
	return "", line
}

// take adds one field.
func (rec *record) take(class keyClass, f field, value string) {
	switch class {
	case keyDomain, keyQuery:
		rec.takeName(value, strings.HasPrefix(f.key, "domain"))
	case keyStatus:
		if strings.HasPrefix(f.key, "release") {
			value = "release process: " + value // of .br: the value alone is "waiting"
		}
		rec.statuses, rec.statusAt = append(rec.statuses, value), append(rec.statusAt, f.line)
	case keyCreated, keyExpires:
		rec.takeDate(class, value)
	case keyRegistrar:
		if !strings.HasPrefix(value, "http") {
			rec.evidence[class] = true
		}
		if rec.registrar == "" && (f.key == "registrar" || strings.Contains(f.key, "registrarname") || f.key == "sponsoringregistrar") {
			rec.registrar = Clip(value)
		}
	case keyHolder, keyServer:
		rec.evidence[class] = true
	}
}

// takeName takes the first name of a domain field; another one later is kept
// apart. label says that the field may have a label alone.
func (rec *record) takeName(value string, label bool) {
	word, _, _ := strings.Cut(value, " ")
	word = strings.ToLower(strings.Trim(word, `"'<>[]().,;`))
	if label && !strings.Contains(word, ".") {
		word += rec.ending
	}
	if _, err := vacant.ParseName(word); err != nil {
		return
	}
	switch {
	case rec.domain == "":
		rec.domain = word
	case rec.domain != word:
		rec.others = append(rec.others, word)
	}
}

func (rec *record) takeDate(class keyClass, value string) {
	rec.evidence[class] = true
	switch t := parseDate(value); {
	case class == keyCreated && rec.created.IsZero():
		rec.created = t
	case class == keyExpires && rec.expires.IsZero():
		rec.expires = t
	}
}

// about reports whether the record is about name: one of the names in its
// domain fields is it (a record may show a U-label and an A-label). With no
// name asked, any name will do.
func (rec *record) about(name vacant.Name) bool {
	if rec.domain == "" {
		return false
	}
	for _, n := range append([]string{rec.domain}, rec.others...) {
		if sameName(n, name) {
			return true
		}
	}
	return false
}

// onlyAbout reports whether no name in the record's domain fields is another.
func (rec *record) onlyAbout(name vacant.Name) bool {
	if name == "" {
		name, _ = vacant.ParseName(rec.domain) // takeName takes names only
	}
	return sameName(rec.domain, name) && !slices.ContainsFunc(rec.others, func(other string) bool { return !sameName(other, name) })
}

// headlineName is how a record without a domain field says whom it is about:
// "Domain example.kg (ACTIVE)", "example.cl:".
var headlineName = patternOf(`^[\p{L} :<>*=-]{0,30}?([\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+)(?: \([\p{L} ]+\))?[:>* ]*$`)

// headline returns the name in the first line that is one, "" if there is none.
func (r *whoisText) headline() string {
	for _, l := range r.lines {
		if l.text == "" || l.kind == furniture || l.kind == legal || isField(l) {
			continue
		}
		if m := headlineName.FindStringSubmatch(l.text); m != nil {
			return m[1]
		}
	}
	return ""
}
