//go:build linux

package rig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func taken(label []byte) bool { return string(label) != "aaaab" }

func TestOutcomeCountsWhatIsWrong(t *testing.T) {
	const (
		a = `{"d":"aaaaa.com","s":"taken","r":0,"ms":1,"re":false}` + "\n"
		b = `{"d":"aaaab.com","s":"nxdomain","r":3,"ms":1,"re":false}` + "\n"
	)
	for _, tt := range []struct {
		name, text string
		want       Outcome
		ok         bool
	}{
		{"all right", a + b, Outcome{Lines: 2, Names: 2}, true},
		{"any order", b + a, Outcome{Lines: 2, Names: 2}, true},
		{"undecided", a + strings.Replace(b, "nxdomain", "timeout", 1), Outcome{Lines: 2, Names: 2, Undecided: 1}, true},
		{"one missing", a, Outcome{Lines: 1, Names: 1}, false},
		{"one twice", a + b + a, Outcome{Lines: 3, Names: 2, Twice: 1}, false},
		{"free against the truth", strings.Replace(a, "taken", "nxdomain", 1) + b, Outcome{Lines: 2, Names: 2, Wrong: 1}, false},
		{"taken against the truth", a + strings.Replace(b, "nxdomain", "taken", 1), Outcome{Lines: 2, Names: 2, Wrong: 1}, false},
		{"nodata, which is true of none", a + strings.Replace(b, "nxdomain", "nodata", 1), Outcome{Lines: 2, Names: 2, Wrong: 1}, false},
		{"a name too many", a + b + strings.Replace(a, "aaaaa", "aaaac", 1), Outcome{Lines: 3, Names: 2, Strange: 1}, false},
		{"another zone", a + strings.Replace(b, ".com", ".net", 1), Outcome{Lines: 2, Names: 1, Strange: 1}, false},
		{"no answer at all", a + b + "nonsense\n", Outcome{Lines: 3, Names: 2, Strange: 1}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "out.jsonl")
			if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			e := Expect{Names: 2, Taken: taken}
			got, err := ReadAnswers(file, e)
			if err != nil {
				t.Fatal(err)
			}
			if ok := got.Problem(e) == nil; ok != tt.ok {
				t.Errorf("problem %v, want one: %v", got.Problem(e), !tt.ok)
			}
			got.Statuses = nil
			if got.Lines != tt.want.Lines || got.Names != tt.want.Names || got.Twice != tt.want.Twice ||
				got.Strange != tt.want.Strange || got.Wrong != tt.want.Wrong || got.Undecided != tt.want.Undecided {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestNDJSONOfThePeerReadsAlike(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.ndjson")
	text := `{"name":"aaaaa.com.","type":"NS","class":"IN","status":"NOERROR","data":{"answers":[{"ttl":3600,"type":"NS","class":"IN","name":"aaaaa.com."}]}}
{"name":"aaaab.com.","type":"NS","class":"IN","status":"NXDOMAIN","data":{}}
{"name":"aaaac.com.","type":"NS","class":"IN","status":"SERVFAIL","data":{}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := Expect{Names: 3, Taken: taken}
	got, err := ReadNDJSON(file, e)
	if err != nil || got.Problem(e) != nil || got.Undecided != 1 {
		t.Errorf("got %+v, %v; want three names, one undecided", got, err)
	}
}

func TestLabelsCountInOrder(t *testing.T) {
	for number, want := range map[int]string{0: "aaaaa", 1: "aaaab", 26: "aaaba", 11_881_375: "zzzzz"} {
		got := Label(number, 5)
		back, ok := numberOf([]byte(strings.ToUpper(got)), 5)
		if got != want || back != number || !ok {
			t.Errorf("label %d is %s and back %d, want %s", number, got, back, want)
		}
	}
	for _, bad := range []string{"aaaa", "aaaaaa", "aaaa1", "aa.aa", ""} {
		if _, ok := numberOf([]byte(bad), 5); ok {
			t.Errorf("%q has a number", bad)
		}
	}
}

// goodQuery is a query as tshark shows it.
func goodQuery(name string, edns bool) Packet {
	p := Packet{"dns.flags": "0x0100", "dns.count.queries": "1", "dns.count.answers": "0", "dns.count.auth_rr": "0",
		"dns.count.add_rr": "0", "dns.qry.class": "0x0001", "dns.qry.type": "2", "dns.qry.name": name}
	if edns {
		for field, value := range ednsFields {
			p[field] = value
		}
		p["dns.resp.z.do"] = "1"
	}
	return p
}

func TestQueriesThatAreNotRightAreFound(t *testing.T) {
	for _, tt := range []struct {
		name         string
		field, value string
		edns, ok     bool
	}{
		{name: "right", ok: true},
		{name: "right, with EDNS", edns: true, ok: true},
		{name: "no RD to a resolver", field: "dns.flags", value: "0x0000"},
		{name: "AD set", field: "dns.flags", value: "0x0120"},
		{name: "two questions", field: "dns.count.queries", value: "2"},
		{name: "an answer", field: "dns.count.answers", value: "1"},
		{name: "another class", field: "dns.qry.class", value: "0x0003"},
		{name: "ANY", field: "dns.qry.type", value: "255"},
		{name: "something behind the question", field: "dns.count.add_rr", value: "1"},
		{name: "another buffer", edns: true, field: "dns.rr.udp_payload_size", value: "4096"},
		{name: "another version", edns: true, field: "dns.resp.edns0_version", value: "1"},
		{name: "reserved flags", edns: true, field: "dns.resp.z.reserved", value: "0x0001"},
		{name: "another name", field: "dns.qry.name", value: "AaAaB.CoM"},
		{name: "case as given", field: "dns.qry.name", value: "aaaaa.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := goodQuery("AaAaa.CoM", tt.edns)
			if tt.field != "" {
				p[tt.field] = tt.value
			}
			q, err := ReadQueries([]Packet{p}, Queried{Names: 1, All: true, RD: true})
			if (err == nil) != tt.ok {
				t.Errorf("%+v: %v, want it right: %v", q, err, tt.ok)
			}
			if tt.ok && (q.OfNames != 1 || (q.DO == 1) != tt.edns || (q.EDNS == 1) != tt.edns) {
				t.Errorf("counted %+v", q)
			}
		})
	}
}

func TestKernelTablesAreRead(t *testing.T) {
	snmp := "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\nUdp: 10 2 7 12 7 0\nUdpLite: InDatagrams RcvbufErrors\nUdpLite: 5 6\n"
	if got := udpOverflows(snmp); got != 7 {
		t.Errorf("%d overflows, want 7", got)
	}
	if got := udpOverflows("Udp6InErrors 3\nUdp6RcvbufErrors                \t4\n"); got != 4 {
		t.Errorf("%d overflows over IPv6, want 4", got)
	}
	status := []byte("VmPeak:\t  999 kB\nVmHWM:\t    2048 kB\nRssAnon:\t  1024 kB\n")
	if got := kibibytes(status, "VmHWM:"); got != 2<<20 {
		t.Errorf("%d octets, want 2 MiB", got)
	}
	if got := kibibytes([]byte("Name: x\n"), "VmHWM:"); got != 0 {
		t.Errorf("%d octets of no line", got)
	}
}

func TestCommandsAreMeasuredAndBounded(t *testing.T) {
	c := Command{Argv: []string{"sh", "-c", "echo out; echo talk >&2; head -c 3000000 /dev/zero | tail -c 1 >/dev/null; sleep 0.1; exit 3"}}
	r, err := c.Run(t.Context())
	if err != nil || r.Exit != 3 || r.Stdout != "out\n" || r.Stderr != "talk\n" || r.Wall < 100*time.Millisecond || r.PeakRSS == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := c.MustSucceed(t.Context()); err == nil {
		t.Error("exit 3 is no success")
	}
	c = Command{Argv: []string{"sleep", "60"}, Limit: 50 * time.Millisecond}
	if _, err := c.Run(t.Context()); err == nil {
		t.Error("it ended in time")
	}
	if _, err := Program("no-such-program-anywhere"); SkippedFor(err) != "SKIPPED: needs no-such-program-anywhere, run make deps" {
		t.Errorf("got %v", err)
	}
}
