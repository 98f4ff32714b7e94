package facts

import (
	_ "embed" // the tables below
	"strings"
	"sync"
)

//go:embed tlds.tsv
var tldsTSV string

//go:embed whois_hosts.tsv
var whoisHostsTSV string

//go:embed operators.tsv
var operatorsTSV string

//go:embed limits.tsv
var limitsTSV string

//go:embed das.tsv
var dasTSV string

//go:embed second_level.tsv
var secondLevelTSV string

//go:embed idn.tsv
var idnTSV string

//go:embed idn_cctlds.txt
var idnCCTLDsTXT string

//go:embed spec5.txt
var spec5TXT string

// tables holds the embedded facts, parsed. It is read-only.
type tables struct {
	tlds      map[string]Suffix
	whois     map[string]whoisServer
	operators map[string]string    // ending of a host -> operator
	limits    map[string]published // by budget
	budgets   map[string]string    // operator and kind -> budget, where the table says so
	das       map[string]DAS
	dasSets   map[string]string // by host:port, and by host where nothing else runs on it
	second    map[string]bool   // second-level suffixes run by their TLD's registry
	idn       map[string]string // suffix -> letters beyond LDH
	idnCC     map[string]bool
	spec5     map[string]bool
}

// whoisServer is one WHOIS host past or present.
type whoisServer struct {
	runBy    string // registry, registrar, private
	suffixes []string
}

// registryTables parses the embedded tables when they are first needed.
var registryTables = sync.OnceValue(func() *tables {
	t := &tables{
		tlds: map[string]Suffix{}, whois: map[string]whoisServer{}, operators: map[string]string{}, limits: map[string]published{}, budgets: map[string]string{},
		das: map[string]DAS{}, dasSets: map[string]string{}, second: map[string]bool{}, idn: map[string]string{},
		idnCC: wordSet(idnCCTLDsTXT), spec5: wordSet(spec5TXT),
	}
	t.load()
	return t
})

func (t *tables) load() {
	rows(operatorsTSV, 2, func(f []string) { t.operators[f[0]] = f[1] })
	rows(limitsTSV, 8, t.addLimit)
	rows(dasTSV, 4, func(f []string) { t.das[f[0]] = DAS{Addr: f[1], Set: f[2], Alone: f[3] == "yes"} })
	rows(secondLevelTSV, 2, func(f []string) {
		for _, label := range strings.Fields(f[1]) {
			t.second[label+"."+f[0]] = true
		}
	})
	rows(idnTSV, 2, func(f []string) {
		for _, suffix := range strings.Fields(f[0]) {
			t.idn[suffix] = f[1]
		}
	})
	rows(whoisHostsTSV, 3, func(f []string) {
		t.whois[f[0]] = whoisServer{runBy: f[1], suffixes: strings.Fields(f[2])}
	})
	rows(tldsTSV, 7, func(f []string) { t.tlds[f[0]] = t.parseTLD(f) })
	t.nameDAS()
}

// nameDAS files the services by host.
func (t *tables) nameDAS() {
	whois := map[string]bool{}
	for _, f := range t.tlds {
		whois[f.WHOISHost] = true
	}
	for _, das := range t.das {
		t.dasSets[das.Addr] = das.Set
		if bare := BareHost(das.Addr); !whois[bare] {
			t.dasSets[bare] = das.Set
		}
	}
}

// parseTLD reads a row of tlds.tsv.
func (t *tables) parseTLD(f []string) Suffix {
	denial := f[5]
	if denial == "none" {
		denial = ""
	}
	return Suffix{
		Policy: f[1], RDAPBase: f[2], RDAPUnlisted: strings.Fields(f[3]), WHOISHost: f[4], Denial: denial,
		Wildcard: f[6] == "yes", Contracted: t.contracted(f[0]), IDNLetters: t.idn[f[0]],
		IDNTablesKnown: t.idn[f[0]] != "", DAS: t.das[f[0]],
	}
}

// legacyTLDs were there before ICANN's programme of 2012, whose agreements
// reserve labels by Specification 5.
const legacyTLDs = " com net org info biz name pro aero asia cat coop edu gov int jobs mil mobi museum post tel travel xxx arpa "

// contracted reports whether tld is a gTLD under contract since 2012.
func (t *tables) contracted(tld string) bool {
	return len(tld) > 2 && !t.idnCC[tld] && !strings.Contains(legacyTLDs, " "+tld+" ")
}

// rows calls use for every line of a table with at least n fields after
// padding; comments and the header line are left out. That is a first line whose
// first field is a column's name: .host is a TLD too.
func rows(table string, n int, use func(fields []string)) {
	first := true
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		for len(fields) < n {
			fields = append(fields, "")
		}
		if header := first && (fields[0] == "tld" || fields[0] == "host"); !header {
			use(fields)
		}
		first = false
	}
}

// wordSet reads a list of one word a line.
func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	rows(list, 1, func(f []string) { set[strings.TrimSpace(f[0])] = true })
	return set
}
