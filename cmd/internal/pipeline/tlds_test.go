package pipeline

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"vacant"
	"vacant/cmd/internal/lab"
	"vacant/dnsstage"
	"vacant/rdapstage"
	"vacant/rdapstage/facts"
)

// cost is how many questions arrived at the servers of one suffix's registry.
type cost struct{ rdap, whois, das int }

func (c cost) sum() int { return c.rdap + c.whois + c.das }

func (c cost) minus(d cost) cost { return cost{c.rdap - d.rdap, c.whois - d.whois, c.das - d.das} }

func (c cost) String() string {
	return fmt.Sprintf("%d (%d RDAP, %d WHOIS, %d DAS)", c.sum(), c.rdap, c.whois, c.das)
}

// walked is a suffix of docs/accuracy.md and what one check costs there.
type walked struct {
	suffix             string
	free               string // the verdict on a free name
	first, known, held cost   // about a free name on the first day and later, about a registered one later
}

// askedOf counts what all registries of the lab were asked so far.
func askedOf(l *lab.Lab) (c cost) {
	for _, o := range l.Stats().Operators {
		c.rdap, c.whois, c.das = c.rdap+int(o.RDAP), c.whois+int(o.WHOIS), c.das+int(o.DAS)
	}
	return c
}

// nameIn returns a name under suffix, not delegated, of which the truth is verdict.
func nameIn(t *testing.T, l *lab.Lab, suffix, verdict string) vacant.Name {
	t.Helper()
	for i := range 100_000 {
		if name := fmt.Sprintf("name%d.%s", i, suffix); l.Truth(name).Verdict == verdict && !l.Delegated(name) {
			return vacant.Name(name)
		}
	}
	t.Fatalf("no name is %s under %s", verdict, suffix)
	return ""
}

// Every suffix that the documents walk through costs as many questions as they say.
func TestWhatACheckCosts(t *testing.T) {
	l, err := lab.Start(t.Context(), lab.Config{Seed: 3, Density: 0.8, TLDs: suffixesWalked(), Reserved: facts.ReservedLabels()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, w := range walkedTLDs {
		t.Run(w.suffix, func(t *testing.T) { w.check(t, l) })
	}
}

func (w *walked) check(t *testing.T, l *lab.Lab) {
	t.Helper()
	budget := t.TempDir() + "/budget.db"
	ask := func(name vacant.Name, want string, most cost) {
		t.Helper()
		before := askedOf(l)
		got := checkOne(t, l, budget, name)
		if text := wordsOf(got); text != want {
			t.Errorf("%s is called %s, want %s", name, text, want)
		}
		if c := askedOf(l).minus(before); c != most {
			t.Errorf("%s cost %v, want %v", name, c, most)
		}
	}
	free := nameIn(t, l, w.suffix, w.truth())
	ask(free, w.free, w.first)
	ask(free, w.free, w.known)
	if w.suffix != "google" { // where what is registered is delegated
		ask(nameIn(t, l, w.suffix, "registered"), w.registered(), w.held)
	}
}

// truth is what is true of a name that nobody has.
func (w *walked) truth() string {
	if w.suffix == "google" {
		return "reserved"
	}
	return "available"
}

// registered is the verdict on a registered name.
func (w *walked) registered() string {
	if w.suffix == "es" {
		return w.free
	}
	return "registered"
}

func wordsOf(r vacant.Result) string {
	if r.Reason() == vacant.ReasonNone {
		return r.Verdict().String()
	}
	return r.Verdict().String() + " " + string(r.Reason())
}

// checkOne checks one name as a process of its own does.
func checkOne(t *testing.T, l *lab.Lab, budget string, name vacant.Name) (got vacant.Result) {
	t.Helper()
	cfg := CheckConfig{DNS: dnsstage.Config{Roots: l.Roots()}, World: l.World(), BudgetPath: budget, RDAP: labRDAP(l)}
	err := Check(t.Context(), cfg, []vacant.Name{name}, func(r vacant.Result) error { got = r; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// labRDAP points stage two at a lab, as --lab does.
func labRDAP(l *lab.Lab) rdapstage.Config {
	return rdapstage.Config{Bootstrap: l.BootstrapURL(), RDAPServers: l.Unlisted(), WHOISServers: l.WHOIS(), SecondSource: l.SecondSource()}
}

// walkedTLDs are the suffixes of docs/accuracy.md, "Suffix by suffix".
var walkedTLDs = []walked{
	{"com", "available", cost{rdap: 4}, cost{rdap: 3}, cost{rdap: 2}},
	{"dev", "available", cost{rdap: 4}, cost{rdap: 3}, cost{rdap: 2}},
	{"io", "available", cost{rdap: 4, whois: 4}, cost{rdap: 3, whois: 3}, cost{rdap: 2}},
	{"de", "available", cost{rdap: 4}, cost{rdap: 3}, cost{rdap: 2}},
	{"uk", "available", cost{rdap: 4}, cost{rdap: 3}, cost{rdap: 2}},
	{"co.uk", "available", cost{rdap: 4}, cost{rdap: 3}, cost{rdap: 2}},
	{"se", "available", cost{whois: 4}, cost{whois: 3}, cost{whois: 2}},
	{"eu", "available", cost{das: 4}, cost{das: 3}, cost{das: 2}},
	{"ch", "available", cost{das: 4}, cost{das: 3}, cost{das: 2}},
	{"ws", "undetermined no-registry", cost{whois: 3}, cost{whois: 2}, cost{whois: 2}},
	{"es", "undetermined no-registry", cost{}, cost{}, cost{}},
	{"google", "reserved closed-tld", cost{}, cost{}, cost{}},
}

// What the documents say a check costs is what the test above counts.
func TestTheDocumentsSayWhatACheckCosts(t *testing.T) {
	text, err := os.ReadFile("../../../docs/accuracy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range walkedTLDs {
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(w.suffix) + "` \\|.*$").FindString(string(text))
		if want := fmt.Sprintf(" | %d | %d | %d | ", w.first.sum(), w.known.sum(), w.held.sum()); !strings.Contains(row, want) {
			t.Errorf("%s costs%sand the documents say %q", w.suffix, want, row)
		}
	}
}

// mayStayOpen are the reasons for which a name of these suffixes is left
// undetermined although its registry does what it always does.
var mayStayOpen = map[string]vacant.Reason{
	"ws":  vacant.ReasonNoRegistry,     // one source where two would have to agree
	"es":  vacant.ReasonNoRegistry,     // no source
	"dev": vacant.ReasonLikelyReserved, // its RDAP does not say what is kept back, and there is no WHOIS
}

// A hunt over all these suffixes gives every name the verdict that is true of it,
// or says why it cannot.
func TestAHuntOverTheWalkedTLDsEqualsTheTruth(t *testing.T) {
	tr := trial{patterns: []string{"[a-z]{2}[ab]", "[a-c]", "(nic|www|whois|example)", "qzkvwjxhpfbtrnmcdg[a-c]"}, tlds: suffixesWalked(),
		lab: lab.Config{Seed: 3, Density: 0.7}}
	var l *lab.Lab
	open := make(map[string]int)
	tr.change = func(c *Config) {
		c.DNS.Timeout = 5 * time.Second // a busy machine is no part of this
		c.Verdicts = []vacant.Verdict{vacant.Available, vacant.Registered, vacant.Reserved, vacant.Premium, vacant.Undetermined}
		c.Emit = func(r vacant.Result) error {
			truth := l.Truth(string(r.Name)).Verdict
			switch suffix := r.Name.Parent(); {
			case r.Verdict().String() == truth:
			case r.Verdict() == vacant.Undetermined && mayStayOpen[suffix] != "" && mayStayOpen[suffix] == r.Reason():
				open[suffix+" "+truth]++
			default:
				t.Errorf("%s is %s and called %s", r.Name, truth, wordsOf(r))
			}
			return nil
		}
	}
	l = tr.start(t)
	o := tr.runIn(t.Context(), t, l)
	if o.err != nil || o.summary.Counts.Balance() != nil || len(o.emitted) < 16_000 {
		t.Errorf("%d names, %v, %v", len(o.emitted), o.err, o.summary.Counts.Balance())
	}
	for _, kind := range []string{"ws available", "es available", "es registered", "dev reserved"} {
		if open[kind] == 0 {
			t.Errorf("no name is %s and left open: %v", kind, open)
		}
		delete(open, kind)
	}
	if len(open) > 0 {
		t.Errorf("left open: %v", open)
	}
}

func suffixesWalked() (suffixes []string) {
	for _, w := range walkedTLDs {
		suffixes = append(suffixes, w.suffix)
	}
	return suffixes
}
