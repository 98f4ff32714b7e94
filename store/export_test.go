package store

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vacant"
)

// samples are a result of every verdict, with hostile text in the free columns.
func samples(t tester) []vacant.Result {
	t.Helper()
	free := available(t, "free.com", t0)
	free.Source, free.RunID = "pattern", "run-1"
	free.Evidence = []vacant.Evidence{{At: t0, Kind: vacant.KindRDAP, Asked: "free.com", Server: "rdap.example", Code: "404", Says: "available", Excerpt: "\x1b[31m\u202Egone"}}
	taken := registered("taken.co.uk", t0.In(time.FixedZone("", 3600)), t0.Add(day))
	taken.Registrar, taken.RegistryServer, taken.RegistryCode = "=cmd|'/C calc'!A0", "whois.example", "-1"
	taken.DNS = vacant.DNSProof{At: t0, Status: vacant.StatusTimeout, Rcode: vacant.RcodeNone}
	unsure := undetermined("xn--bcher-kva.de", vacant.ReasonRateLimited, t0, t0.Add(time.Hour))
	unsure.Registrar = "\tA, \"B\"\r\n\u009b\u2066C"
	return []vacant.Result{free, taken, unsure}
}

func encode(t tester, f Format, stable bool, results []vacant.Result) string {
	t.Helper()
	var out bytes.Buffer
	e, err := NewEncoder(&out, f, stable)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		before := out.Len()
		if err := e.Encode(r); err != nil {
			t.Fatal(err)
		}
		if out.Len() == before {
			t.Errorf("%s: record %d is held back", f, i)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const header = "domain,unicode,tld,verdict,lifecycle,reason,checked_at,method,dns_rcode,dns_server,registry_server,registry_code,registrar,created_at,expires_at,source,run_id\n"

func TestExports(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format Format
		stable bool
		want   string
	}{
		{"text", Text, false, "free.com\ntaken.co.uk\nxn--bcher-kva.de\n"},
		{"csv", CSV, false, header +
			"free.com,free.com,com,available,,,2026-03-01T12:00:00Z,rdap,NXDOMAIN,192.0.2.1:53,rdap.example,404,,,,pattern,run-1\n" +
			"taken.co.uk,taken.co.uk,co.uk,registered,active,,2026-03-01T12:00:00Z,rdap,,,whois.example,'-1,'=cmd|'/C calc'!A0,,2026-03-02T12:00:00Z,,\n" +
			"xn--bcher-kva.de,bücher.de,de,undetermined,,rate-limited,2026-03-01T12:00:00Z,rdap,,,,,\"A, \"\"B\"\"  \uFFFDC\",,,,\n"},
		{"stable csv", CSV, true, header +
			"free.com,free.com,com,available,,,,rdap,NXDOMAIN,,,404,,,,pattern,\n" +
			"taken.co.uk,taken.co.uk,co.uk,registered,active,,,rdap,,,,'-1,'=cmd|'/C calc'!A0,,2026-03-02T12:00:00Z,,\n" +
			"xn--bcher-kva.de,bücher.de,de,undetermined,,rate-limited,,rdap,,,,,\"A, \"\"B\"\"  \uFFFDC\",,,,\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := encode(t, tt.format, tt.stable, samples(t)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	if got := encode(t, CSV, false, nil); got != header {
		t.Errorf("an empty CSV is %q", got)
	}
	if _, err := NewEncoder(nil, "xml", false); err == nil {
		t.Error("xml is a format")
	}
}

func TestJSONLHasTheColumnsOfCSVAndTheEvidence(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(encode(t, JSONL, false, samples(t)), "\n"), "\n")
	const first = `{"schema":1,"domain":"free.com","unicode":"free.com","tld":"com","verdict":"available","lifecycle":"","reason":"",` +
		`"checked_at":"2026-03-01T12:00:00Z","method":"rdap","dns_rcode":"NXDOMAIN","dns_server":"192.0.2.1:53","registry_server":"rdap.example",` +
		`"registry_code":"404","registrar":"","created_at":"","expires_at":"","source":"pattern","run_id":"run-1",` +
		`"evidence":[{"at":"2026-03-01T12:00:00Z","kind":"rdap","asked":"free.com","server":"rdap.example","code":"404","says":"available","excerpt":"` + "\uFFFD" + `[31mgone"}]}`
	if lines[0] != first {
		t.Errorf("got\n%s\nwant\n%s", lines[0], first)
	}
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[2]), &last); err != nil {
		t.Fatal(err)
	}
	for _, column := range Columns() {
		if _, ok := last[column]; !ok {
			t.Errorf("%s is missing", column)
		}
	}
	if last["retry_after"] != "2026-03-01T13:00:00Z" || last["mixed_script"] != nil {
		t.Errorf("%v", last)
	}
	homograph := registered("xn--pypal-4ve.com", t0, time.Time{}) // a Cyrillic a
	if got := encode(t, JSONL, true, []vacant.Result{homograph}); !strings.Contains(got, `"mixed_script":true`) || !strings.Contains(got, `"evidence":[]`) {
		t.Errorf("%s", got)
	}
}

func TestStableExportIsTheSameWhenWhenAndWhereDiffer(t *testing.T) {
	a, b := samples(t), samples(t)
	for i := range b {
		b[i].CheckedAt = b[i].CheckedAt.Add(time.Hour)
		b[i].DNS.Server, b[i].RegistryServer, b[i].RunID = "198.51.100.1:53", "elsewhere", "run-2"
		b[i].RetryAfter = b[i].RetryAfter.Add(time.Minute)
		b[i].Evidence = append(b[i].Evidence, vacant.Evidence{At: t0})
	}
	for _, f := range []Format{Text, CSV, JSONL} {
		if encode(t, f, true, a) != encode(t, f, true, b) {
			t.Errorf("%s differs", f)
		}
	}
	if encode(t, CSV, false, a) == encode(t, CSV, false, b) {
		t.Error("the plain CSV does not differ: the test proves nothing")
	}
}

func TestRcodeWords(t *testing.T) {
	for _, tt := range []struct {
		proof vacant.DNSProof
		want  string
	}{
		{vacant.DNSProof{}, ""},
		{vacant.DNSProof{Status: vacant.StatusTimeout, Rcode: vacant.RcodeNone}, ""},
		{vacant.DNSProof{Status: vacant.StatusNodata}, "NOERROR"},
		{vacant.DNSProof{Status: vacant.StatusServfail, Rcode: 2}, "SERVFAIL"},
		{vacant.DNSProof{Status: vacant.StatusError, Rcode: 15}, "RCODE15"},
	} {
		if got := rcodeWord(tt.proof); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.proof, got, tt.want)
		}
	}
}

func TestFormatOf(t *testing.T) {
	for path, want := range map[string]Format{"out.csv": CSV, "OUT.CSV": CSV, "a.jsonl": JSONL, "a.json": JSONL, "a.ndjson": JSONL, "a.txt": Text, "-": Text, "a.csv/b": Text} {
		if got := FormatOf(path); got != want {
			t.Errorf("FormatOf(%q) = %s", path, got)
		}
	}
}

// No cell reads as a formula, and no control or bidi character gets out, whatever a registry says.
func FuzzCSVCell(f *testing.F) {
	for _, seed := range []string{"=1+1", " =1", "\t@x", "\u202E=1", "＝1", "\x1b[2J", "a\nb", "'", "-\xff", "\uFEFF=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := vacant.NewRegistered("a.com", vacant.Active)
		r.Registrar, r.RegistryCode, r.Source = s, s, s
		rows, err := csv.NewReader(strings.NewReader(encode(t, CSV, false, []vacant.Result{r}))).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != len(Columns()) {
			t.Fatal(rows, err)
		}
		for _, c := range rows[1] {
			if c != "" && strings.ContainsAny(c[:1], "=+-@\t\r") || strings.ContainsFunc(c, func(r rune) bool { return r < ' ' || r == 0x7f }) || vacant.SafeText(c) != c {
				t.Fatalf("cell %+q", c)
			}
		}
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestEncodersReportWriteErrors(t *testing.T) {
	for _, f := range []Format{Text, CSV, JSONL} {
		e, err := NewEncoder(failing{}, f, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Encode(samples(t)[0]); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}

func TestQueries(t *testing.T) {
	s, c := fresh1(t)
	old := registered("old.com", t0.Add(-48*time.Hour), time.Time{})
	old.RunID = "run-0"
	if err := s.Put(nil, append(samples(t), old, available(t, "z.co", t0), available(t, "a.b-c.com", t0))); err != nil {
		t.Fatal(err)
	}
	c.t = t0.Add(time.Hour)
	everything := []string{"a.b-c.com", "free.com", "old.com", "taken.co.uk", "xn--bcher-kva.de", "z.co"}
	for _, tt := range []struct {
		name string
		q    Query
		want []string
	}{
		{"all, sorted", Query{}, everything},
		{"one verdict", Query{Verdicts: []vacant.Verdict{vacant.Available}}, []string{"a.b-c.com", "free.com", "z.co"}},
		{"two verdicts", Query{Verdicts: []vacant.Verdict{vacant.Registered, vacant.Undetermined}}, []string{"old.com", "taken.co.uk", "xn--bcher-kva.de"}},
		{"suffixes", Query{TLDs: []string{"co.uk", "de"}}, []string{"taken.co.uk", "xn--bcher-kva.de"}},
		{"a suffix is not the end of another", Query{TLDs: []string{"uk"}}, []string{}},
		{"old", Query{MinAge: 24 * time.Hour}, []string{"old.com"}},
		{"young", Query{MaxAge: 24 * time.Hour, TLDs: []string{"com"}}, []string{"free.com"}},
		{"short labels", Query{MaxLength: 3}, []string{"a.b-c.com", "old.com", "z.co"}},
		{"long labels", Query{MinLength: 5}, []string{"taken.co.uk", "xn--bcher-kva.de"}},
		{"pattern", Query{Pattern: `^.{3,4}\.com$`}, []string{"free.com", "old.com"}},
		{"run", Query{Run: "run-0"}, []string{"old.com"}},
		{"match", Query{Match: func(n vacant.Name) bool { return n.TLD() == "co" }}, []string{"z.co"}},
		{"lifecycle", Query{Lifecycles: []vacant.Lifecycle{vacant.Active}}, []string{"old.com", "taken.co.uk"}},
		{"reason", Query{Reasons: []vacant.Reason{vacant.ReasonRateLimited, vacant.ReasonBadReply}}, []string{"xn--bcher-kva.de"}},
		{"expires before", Query{ExpiresBefore: t0.Add(day)}, []string{"taken.co.uk"}},
		{"expires before an earlier time", Query{ExpiresBefore: t0.Add(day - 1)}, []string{}},
		{"expires after", Query{ExpiresAfter: t0.Add(day)}, []string{"taken.co.uk"}},
		{"expires after a later time", Query{ExpiresAfter: t0.Add(day + 1)}, []string{}},
		{"lean", Query{Lean: true, MaxLength: 3}, []string{"a.b-c.com", "old.com", "z.co"}},
		{"another scope", Query{Scope: func(string) string { return "x" }}, []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := resultNames(t, s, tt.q); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	for _, err := range s.Results(Query{Pattern: "("}) {
		if err == nil {
			t.Error("a broken pattern selects")
		}
	}
}

// Results that lie more records apart than one transaction looks at are all found.
func TestResultsFarApartAreFound(t *testing.T) {
	s, c := fresh1(t)
	var results []vacant.Result
	for i := range uint64(2*recordsPerTx + 2) {
		results = append(results, registered(string(spaceName(nil, i)), c.t, time.Time{}))
	}
	if err := s.Put(nil, results); err != nil {
		t.Fatal(err)
	}
	want := map[vacant.Name]bool{}
	for _, i := range []int{recordsPerTx - 1, recordsPerTx, len(results) - 1} {
		want[results[i].Name] = true
	}
	for r, err := range s.Results(Query{Match: func(n vacant.Name) bool { return want[n] }}) {
		if err != nil || !want[r.Name] {
			t.Fatal(r.Name, err)
		}
		delete(want, r.Name)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

// More results than one transaction reads, with writes in between, and an end
// before the end.
func TestResultsStreamWhileTheStoreIsWritten(t *testing.T) {
	s, c := fresh1(t)
	const n = 3*resultsPerTx + 1
	var results []vacant.Result
	for i := range uint64(n) {
		results = append(results, registered(string(spaceName(nil, i)), c.t, time.Time{}))
	}
	if err := s.Put(nil, results); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for r, err := range s.Results(Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if want := vacant.Name(spaceName(nil, uint64(seen))); r.Name != want {
			t.Fatalf("result %d is %s", seen, r.Name)
		}
		if seen++; seen%100 == 0 {
			if err := s.Put(nil, []vacant.Result{registered("aa.com", c.t, time.Time{})}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if seen != n {
		t.Errorf("%d results", seen)
	}
	for _, err := range s.Results(Query{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

func TestStats(t *testing.T) {
	s, c := fresh1(t)
	r := begin(t, s, RunInfo{ID: "1"})
	answered(t, r, listBatch("a.com", "b.com", "c.com"), c.t, all(vacant.StatusNXDomain))
	flush(t, r)
	settle(t, r, available(t, "a.com", c.t), registered("r.com", c.t, time.Time{}))
	st, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if st.World != "test" || st.Path != s.Path() || st.Schema != schemaVersion || st.Waiting != 2 || st.FileBytes == 0 || len(st.Runs) != 1 {
		t.Errorf("%+v", st)
	}
	if len(st.Verdicts) != 2 || st.Verdicts["available"] != 1 || st.Verdicts["registered"] != 1 {
		t.Errorf("verdicts %v", st.Verdicts)
	}
	keys := map[string]int64{}
	for _, b := range st.Buckets {
		keys[b.Name] = b.Keys
	}
	if keys["queue"] != 2 || keys["state"] != 4 || keys["results"] != 2 || keys["tables"] != 2 || keys["sorted"] != 2 {
		t.Errorf("keys %v", keys)
	}
}
