package reading

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vacant"
)

// corpusDir is where real samples lie when they are there: beside the checkout.
const corpusDir = "../../../shared/data"

// sample is one row of an index.
type sample map[string]string

// corpus reads the index of whois or rdap, or skips the test.
func corpus(tb testing.TB, kind string) []sample {
	tb.Helper()
	f, err := os.Open(filepath.Join(corpusDir, kind, "INDEX.tsv"))
	if err != nil {
		tb.Skip("SKIPPED: needs shared/data beside the checkout")
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	var samples []sample
	for _, row := range rows[1:] {
		s := sample{}
		for i, key := range rows[0] {
			s[key] = row[i]
		}
		samples = append(samples, s)
	}
	return samples
}

func (s sample) body(tb testing.TB, kind string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(corpusDir, kind, s["path"]))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// accepts reports whether a verdict is one that the sample's meaning allows.
func (s sample) accepts(v vacant.Verdict) bool {
	return slices.Contains(strings.Split(s["accept"], "|"), v.String())
}

// confusion counts verdicts by label.
type confusion map[string]map[string]int

func (c confusion) add(label string, v vacant.Verdict) {
	if c[label] == nil {
		c[label] = map[string]int{}
	}
	c[label][v.String()]++
}

func (c confusion) rate(label string, v vacant.Verdict) float64 {
	sum := 0
	for _, n := range c[label] {
		sum += n
	}
	return 100 * float64(c[label][v.String()]) / float64(max(sum, 1))
}

func (c confusion) String() string {
	var b strings.Builder
	for _, label := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "\n%-28s %v", label, c[label])
	}
	return b.String()
}

func TestCorpusWHOIS(t *testing.T) {
	table := confusion{}
	for _, s := range corpus(t, "whois") {
		got := WHOIS(s["server"], "", false, s.body(t, "whois"))
		table.add(s["run_by"]+" "+s["label"], got.Verdict)
		if got.Verdict == vacant.Available && !s.accepts(vacant.Available) {
			t.Errorf("FALSE AVAILABLE %s (%s): %q", s["path"], s["label"], got.Matched)
		}
		if got.Verdict == vacant.Registered && !s.accepts(vacant.Registered) {
			t.Errorf("FALSE REGISTERED %s (%s): %q", s["path"], s["label"], got.Matched)
		}
		if !s.accepts(got.Verdict) {
			t.Logf("%s (%s): %v %s %q", s["path"], s["label"], got.Verdict, got.Reason, got.Matched)
		}
	}
	t.Log(table)
	if rate := table.rate("registry available", vacant.Available); rate < 97 {
		t.Errorf("%.1f %% of the available ones read so", rate)
	}
	if rate := table.rate("registry registered", vacant.Registered); rate < 99 {
		t.Errorf("%.1f %% of the registered ones read so", rate)
	}
}

// What a server would be read by if nobody had ever looked at it: each host's
// samples are read without its row, and so without every sentence and whole reply
// that is known of it or its operator alone; it stays listed as registry-run.
// The strict lines themselves were written by people who had seen these samples,
// so this bounds what the rows add, not what no one has seen.
func TestCorpusWHOISWithoutRows(t *testing.T) {
	table, missed := confusion{}, map[string]int{}
	for _, s := range corpus(t, "whois") {
		got := readWHOIS(row{}, s["server"], "", false, s.body(t, "whois"))
		table.add(s["run_by"]+" "+s["label"], got.Verdict)
		if got.Verdict == vacant.Available && !s.accepts(vacant.Available) {
			t.Errorf("FALSE AVAILABLE %s (%s): %q", s["path"], s["label"], got.Matched)
		}
		if got.Verdict == vacant.Registered && !s.accepts(vacant.Registered) {
			t.Errorf("FALSE REGISTERED %s (%s): %q", s["path"], s["label"], got.Matched)
		}
		if !s.accepts(got.Verdict) {
			missed[s["server"]]++
			t.Logf("%s (%s): %v %s %q", s["path"], s["label"], got.Verdict, got.Reason, got.Matched)
		}
	}
	t.Log(table, "\nhosts that their row is needed for: ", len(missed), missed)
	if rate := table.rate("registry available", vacant.Available); rate < 92 {
		t.Errorf("%.1f %% of the available ones read so", rate)
	}
	if rate := table.rate("registry registered", vacant.Registered); rate < 98 {
		t.Errorf("%.1f %% of the registered ones read so", rate)
	}
}

// unwrapped returns the body of a recorded exchange, or the body as it is.
func unwrapped(body []byte) []byte {
	var recorded struct {
		URL  string  `json:"request_url"`
		Body *string `json:"body"`
	}
	if json.Unmarshal(body, &recorded) == nil && recorded.URL != "" && recorded.Body != nil {
		return []byte(*recorded.Body)
	}
	return body
}

func TestCorpusRDAP(t *testing.T) {
	table := confusion{}
	for _, s := range corpus(t, "rdap") {
		status, err := strconv.Atoi(s["http_status"])
		if err != nil {
			t.Fatal(err)
		}
		r := RDAPReply{URL: s["url"], Status: status, ContentType: s["content_type"], Body: unwrapped(s.body(t, "rdap"))}
		got := RDAP(vacant.Name(s["name"]), r)
		table.add(s["label"], got.Verdict)
		if !s.accepts(got.Verdict) {
			t.Errorf("%s (%s): %v %s %q", s["path"], s["label"], got.Verdict, got.Reason, got.Matched)
		}
		if status != http.StatusOK && got.Verdict == vacant.Registered {
			t.Errorf("%s: registered from HTTP %d", s["path"], status)
		}
	}
	t.Log(table)
}
