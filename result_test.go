package vacant

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func goodProof() Proof {
	return Proof{
		DNS:           DNSProof{At: noon, Status: StatusNXDomain, Rcode: 3, Server: "192.0.2.1:53", Flags: FlagProven},
		Registry:      Evidence{At: noon.Add(time.Second), Kind: KindRDAP, Asked: "a.com", Server: "rdap.example", Code: "404", Says: "available"},
		ControlBefore: noon,
		ControlAfter:  noon.Add(2 * time.Second),
	}
}

func TestAvailableNeedsEveryPartOfTheProof(t *testing.T) {
	now := noon.Add(time.Minute)
	r, err := NewAvailable("a.com", goodProof(), now)
	if err != nil || r.Verdict() != Available || r.Reason() != ReasonNone || r.Method != "rdap" {
		t.Fatalf("a good proof gave %v, %v", r, err)
	}
	second := Evidence{At: noon, Kind: KindWHOIS, Says: "available"}
	conflict := Evidence{At: noon, Kind: KindWHOIS, Says: "registered"}
	tests := []struct {
		name  string
		spoil func(p *Proof)
	}{
		{"nothing asked of DNS", func(p *Proof) { p.DNS = DNSProof{} }},
		{"nobody said no", func(p *Proof) { p.Registry.Server = "" }},
		{"delegated", func(p *Proof) { p.DNS.Status = StatusDelegated }},
		{"nodata outside a wildcard zone", func(p *Proof) { p.DNS.Status = StatusNodata }},
		{"timeout", func(p *Proof) { p.DNS.Status = StatusTimeout }},
		{"NXDOMAIN without proof", func(p *Proof) { p.DNS.Flags = 0 }},
		{"synthesised denial", func(p *Proof) { p.DNS.Flags |= FlagSynthetic }},
		{"a day and a second old", func(p *Proof) { p.DNS.At = now.Add(-24*time.Hour - time.Second) }},
		{"registry silent", func(p *Proof) { p.Registry = Evidence{} }},
		{"registry undecided", func(p *Proof) { p.Registry.Says = "undetermined" }},
		{"registry says registered", func(p *Proof) { p.Registry.Says = "registered" }},
		{"a control's answer", func(p *Proof) { p.Registry.Control = "free" }},
		{"wildcard zone, one source", func(p *Proof) { p.DNS.Flags |= FlagWildcard }},
		{"second source disagrees", func(p *Proof) { p.Second = &conflict }},
		{"no control before", func(p *Proof) { p.ControlBefore = time.Time{} }},
		{"control only after", func(p *Proof) { p.ControlBefore = p.ControlAfter }},
		{"no control after", func(p *Proof) { p.ControlAfter = time.Time{} }},
		{"closing control too early", func(p *Proof) { p.ControlAfter = noon }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := goodProof()
			tt.spoil(&p)
			if r, err := NewAvailable("a.com", p, now); err == nil || r.Verdict() != Undetermined {
				t.Errorf("called %v, %v", r.Verdict(), err)
			}
		})
	}
	p := goodProof()
	p.DNS.Status, p.DNS.Rcode, p.DNS.Flags, p.Second = StatusNodata, 0, FlagProven|FlagWildcard, &second
	if r, err := NewAvailable("a.ws", p, now); err != nil || r.Method != "rdap+whois" {
		t.Errorf("two sources in a wildcard zone gave %v, %v", r, err)
	}
}

func TestZeroResultClaimsNothing(t *testing.T) {
	var r Result
	if r.Verdict() != Undetermined {
		t.Error("the zero result says", r.Verdict())
	}
	if r := NewUndetermined("a.com", ReasonNone, time.Time{}); r.Reason() == ReasonNone {
		t.Error("an undetermined result has no reason")
	}
}

func TestResultSurvivesTheStore(t *testing.T) {
	want, err := NewAvailable("a.com", goodProof(), noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want.Evidence = []Evidence{goodProof().Registry}
	want.Registrar, want.ExpiresAt, want.RunID = "R", noon, "run"
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Result
	if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("came back as %+v, %v; want %+v", got, err, want)
	}
}

func TestForgedRecordIsRefused(t *testing.T) {
	const (
		registry = `,"at":"2026-07-01T12:00:01Z","m":"rdap","rs":"rdap.example"`
		dns      = `,"dns":{"at":"2026-07-01T12:00:00Z","status":3,"rcode":3,"flags":16}`
	)
	var good Result
	if err := json.Unmarshal([]byte(`{"n":"a.com","v":"available"`+registry+dns+`}`), &good); err != nil || good.Verdict() != Available {
		t.Fatalf("%v, %v: the records below lack more than they say", good.Verdict(), err)
	}
	for _, record := range []string{
		`{"n":"a.com","v":"available"` + registry + `}`,
		`{"n":"a.com","v":"available"` + dns + `}`,
		`{"n":"a.com","v":"available","w":"bad-reply"` + registry + dns + `}`,
		`{"n":"a.com","v":"available","at":"2026-07-02T12:00:01Z","m":"rdap","rs":"rdap.example"` + dns + `}`,
		`{"n":"a.com","v":"available"` + registry + `,"dns":{"at":"2026-07-01T12:00:00Z","status":2,"flags":17}}`,
		`{"n":"a.com","v":"available"}`,
		`{"n":"a.com","v":"available","w":"bad-reply","dns":{"at":"2026-07-01T12:00:00Z","status":3,"rcode":3,"flags":16}}`,
		`{"n":"a.com","v":"avail"}`,
		`{"n":"a.com"}`,
		`{"available":true,"error":"boom"}`,
	} {
		var r Result
		if err := json.Unmarshal([]byte(record), &r); err == nil {
			t.Errorf("%s was read as %v", record, r.Verdict())
		}
	}
}

func TestWordsComeBack(t *testing.T) {
	for v := Undetermined; v <= Premium; v++ {
		if got, ok := ParseVerdict(v.String()); !ok || got != v {
			t.Errorf("verdict %d came back as %v, %v", v, got, ok)
		}
	}
	for s := StatusUnasked; s <= StatusError; s++ {
		if got, ok := ParseStatus(s.String()); !ok || got != s {
			t.Errorf("status %d came back as %v, %v", s, got, ok)
		}
	}
	if Verdict(200).String() != "undetermined" {
		t.Error("a verdict out of range reads as a claim")
	}
}

func TestStatusReason(t *testing.T) {
	for s := StatusUnasked; s <= StatusError; s++ {
		unsettled := s != StatusUnasked && !s.Settled()
		if unsettled != (s.Reason() != ReasonNone) {
			t.Errorf("%v has the reason %q", s, s.Reason())
		}
	}
}

func TestCountsBalance(t *testing.T) {
	good := Counts{Generated: 10, Invalid: 1, Duplicate: 1, Known: 2, Delegated: 3, UndeterminedDNS: 1, Queued: 1, Unasked: 1,
		Carried: 4, Available: 1, Registered: 1, Reserved: 1, Premium: 0, Undetermined: 1, Waiting: 1}
	if err := good.Balance(); err != nil {
		t.Fatal(err)
	}
	fields := reflect.TypeOf(good)
	for i := range fields.NumField() {
		bad := good
		reflect.ValueOf(&bad).Elem().Field(i).SetUint(77)
		if err := bad.Balance(); err == nil || !strings.Contains(err.Error(), "conservation broken") {
			t.Errorf("a wrong %s went unseen: %v", fields.Field(i).Name, err)
		}
	}
}
