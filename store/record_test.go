package store

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vacant"
)

// anyTime draws a time as registries, clocks and mistakes give them.
func anyTime(t *rapid.T, what string) time.Time {
	at := t0.Add(time.Duration(rapid.Int64Range(-3e9, 3e9).Draw(t, what)))
	switch rapid.IntRange(0, 5).Draw(t, what+" is") {
	case 0:
		return time.Time{}
	case 1:
		return at.Truncate(time.Second)
	case 2:
		return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, what+" seconds"), 0).UTC()
	case 3:
		return at.In(time.FixedZone("", 60*rapid.IntRange(-14*60, 14*60).Draw(t, what+" minutes east")))
	}
	return at
}

var anyText = rapid.OneOf(rapid.SampledFrom([]string{"", "", "rdap", "404", "available", "192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.1:053", "[::ffff:192.0.2.1]:53",
	"20261121T062207Z-ef4551bc", "20261121T062207Z-EF4551BC", "20261341T062207Z-ef4551bc", "https://rdap.example/com/domain/a-b.com", "https://rdap.example/com/domain/zto.com",
	"a-b.com", "Blue Kiosk Registrar, Inc."}), rapid.String(), rapid.StringMatching(`[a-z0-9.:/]{1,40}`))

func anyProof(t *rapid.T) vacant.DNSProof {
	return vacant.DNSProof{At: anyTime(t, "asked"), Status: vacant.Status(rapid.IntRange(0, 7).Draw(t, "status")), Rcode: rapid.Byte().Draw(t, "rcode"),
		Server: anyText.Draw(t, "server"), Flags: rapid.Byte().Draw(t, "flags"), RTTMilli: rapid.Uint16().Draw(t, "rtt")}
}

func anyResult(t *rapid.T, name string) vacant.Result {
	text := func(what string) string { return anyText.Draw(t, what) }
	r := vacant.Result{Name: vacant.Name(name), Lifecycle: vacant.Lifecycle(text("lifecycle")), RetryAfter: anyTime(t, "retry"), CheckedAt: anyTime(t, "checked"),
		Method: text("method"), DNS: anyProof(t), RegistryServer: text("registry"), RegistryCode: text("code"), Registrar: text("registrar"),
		CreatedAt: anyTime(t, "created"), ExpiresAt: anyTime(t, "expires"), Source: text("source"), RunID: text("run")}
	if rapid.Bool().Draw(t, "owns its proof") {
		r.Evidence = append(r.Evidence, r.DNS.Evidence(r.Name))
	}
	for range rapid.IntRange(0, 6).Draw(t, "evidence") {
		r.Evidence = append(r.Evidence, vacant.Evidence{At: anyTime(t, "at"), Kind: vacant.Kind(text("kind")), Control: text("control"), Asked: text("asked"),
			Server: text("server"), Code: text("code"), Says: text("says"), Reason: vacant.Reason(text("reason")), Excerpt: text("excerpt"), Via: text("via")})
	}
	verdict := vacant.Verdict(rapid.IntRange(0, 4).Draw(t, "verdict"))
	if verdict == vacant.Available { // what it takes
		r.CheckedAt, r.Method, r.RegistryServer = t0, "rdap+whois", "rdap.example"
		r.DNS = vacant.DNSProof{At: t0.Add(-time.Hour), Status: vacant.StatusNXDomain, Rcode: 3, Flags: vacant.FlagProven, Server: text("server")}
	}
	reason := vacant.Reason("")
	if verdict == vacant.Undetermined {
		reason = vacant.Reason(text("why"))
	}
	r, err := vacant.Restore(r, verdict, reason)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What the compact form keeps is what JSON, the form of schema 1, keeps.
func TestResultsSurviveAsInJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyResult(t, "a-b.com")
		key := nameKey("a-b.com", rapid.SampledFrom([]string{"", "0123456789abcdef"}).Draw(t, "scope"))
		got, err := readResult(key, appendResult(nil, key, &r))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var want vacant.Result
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if len(want.Evidence) == 0 {
			want.Evidence, got.Evidence = nil, nil
		}
		back, err := json.Marshal(got)
		if err != nil || string(back) != string(text) {
			t.Fatalf("%v\n got %s\nwant %s", err, back, text)
		}
		sameInstants(t, &got, &want)
		if lean, err := (&reader{lean: true}).result(key, appendResult(nil, key, &r)); err != nil || !leanEqual(lean, got) {
			t.Fatalf("lean %+v, %v, want %+v", lean, err, got)
		}
	})
}

func leanEqual(lean, full vacant.Result) bool {
	full.Evidence = nil
	return reflect.DeepEqual(lean, full)
}

func sameInstants(t *rapid.T, got, want *vacant.Result) {
	a := []time.Time{got.CheckedAt, got.RetryAfter, got.CreatedAt, got.ExpiresAt, got.DNS.At}
	b := []time.Time{want.CheckedAt, want.RetryAfter, want.CreatedAt, want.ExpiresAt, want.DNS.At}
	for i := range got.Evidence {
		a, b = append(a, got.Evidence[i].At), append(b, want.Evidence[i].At)
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			t.Fatalf("time %d: %v, want %v", i, a[i], b[i])
		}
	}
}

func TestDNSResultsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		proof, source := anyProof(t), anyText.Draw(t, "source")
		key := []byte("a-b.com")
		want := dnsResult("a-b.com", proof, source, "20261121T062207Z-ef4551bc")
		got, err := readResult(key, appendDNSResult(nil, key, "a-b.com", proof, source, want.RunID))
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if err != nil || string(a) != string(b) {
			t.Fatalf("%v\n got %s\nwant %s", err, a, b)
		}
	})
}

func TestQueuedNamesSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := queued{name: anyText.Draw(t, "name"), scope: anyText.Draw(t, "scope"), source: anyText.Draw(t, "source"), proof: anyProof(t)}
		got, err := readQueued(u64Key(7), want.append(nil, u64Key(7)))
		if !got.proof.At.Equal(want.proof.At) {
			t.Fatalf("asked at %v, want %v", got.proof.At, want.proof.At)
		}
		got.proof.At = want.proof.At
		if err != nil || got != want {
			t.Fatalf("%+v, %v, want %+v", got, err, want)
		}
	})
}

// summed are values of every kind that ends with a sum, and what decodes them.
func summed() map[string]struct {
	value []byte
	read  func(key, v []byte) error
} {
	key := []byte("a.com")
	proof := vacant.DNSProof{At: t0, Status: vacant.StatusNXDomain, Rcode: 3, Server: "192.0.2.1:53", Flags: vacant.FlagProven}
	r := registered("a.com", t0, t0.Add(day))
	r.Evidence = []vacant.Evidence{{At: t0, Kind: "rdap", Asked: "https://rdap.example/a.com", Server: "rdap.example"}}
	result := func(k, v []byte) error { _, err := readResult(k, v); return err }
	return map[string]struct {
		value []byte
		read  func(key, v []byte) error
	}{
		"result":             {appendResult(nil, key, &r), result},
		"result by DNS":      {appendDNSResult(nil, key, "a.com", proof, "list", "1"), result},
		"state":              {state{kind: kindWaiting, verdict: 1, run: 3, at: t0.Unix(), aux: 9}.append(nil, key), func(k, v []byte) error { _, _, err := readState(k, v); return err }},
		"place in the queue": {queued{name: "a.com", source: "list", proof: proof}.append(nil, key), func(k, v []byte) error { _, err := readQueued(k, v); return err }},
		"progress":           {chunk{{t0.Unix(), bitsOf(1, 5, 900)}}.append(nil, key), func(k, v []byte) error { _, err := readChunk(k, v); return err }},
		"change": {turn{Standing{}, standingOf(&r), t0}.append(nil, append([]byte{0, 0, 0, 1}, key...)), func(k, v []byte) error {
			_, _, err := readTurn(append([]byte{0, 0, 0, 1}, k...), v)
			return err
		}},
		"share": {Share{Delegated: 9, NXDomain: 3, At: t0}.append(nil, key), func(k, v []byte) error { _, err := readShare(k, v); return err }},
	}
}

// One flipped bit anywhere in a key or value is damage, never something else.
func TestFlippedBitsAreSeen(t *testing.T) {
	for name, tt := range summed() {
		t.Run(name, func(t *testing.T) {
			key := []byte("a.com")
			if err := tt.read(key, tt.value); err != nil {
				t.Fatal(err)
			}
			both := append(append([]byte{}, key...), tt.value...)
			for bit := range 8 * len(both) {
				both[bit/8] ^= 1 << (bit % 8)
				if err := tt.read(both[:len(key)], both[len(key):]); !errors.Is(err, errRecord) {
					t.Fatalf("bit %d of octet %d: %v", bit%8, bit/8-len(key), err)
				}
				both[bit/8] ^= 1 << (bit % 8)
			}
			for n := range tt.value {
				if err := tt.read(key, tt.value[:n:n]); !errors.Is(err, errRecord) {
					t.Fatalf("cut to %d octets: %v", n, err)
				}
			}
		})
	}
}

// What schema 1 wrote is read as it was.
func TestFormsOfSchema1AreRead(t *testing.T) {
	key := []byte("a.com")
	proof := vacant.DNSProof{At: t0, Status: vacant.StatusTimeout, Rcode: 255, Server: "192.0.2.1:53", RTTMilli: 700}
	old := append([]byte{0xe4, 0xbf, 0x90, 0xcd, 0x06, 6, 255, 0, 0xbc, 5, 12}, "192.0.2.1:53"...)
	old[0], old[1], old[2], old[3], old[4] = varintOf(t0.Unix())
	r, err := readResult(key, append(append([]byte{formDNS, 0}, old...), "\x04list\x031-2"...))
	if want := dnsResult("a.com", proof, "list", "1-2"); err != nil || !reflect.DeepEqual(r, want) {
		t.Errorf("result: %+v, %v, want %+v", r, err, want)
	}
	q, err := readQueued(key, append(append([]byte{queueOld}, "\x05a.com\x00\x04list"...), old...))
	if want := (queued{name: "a.com", source: "list", proof: proof}); err != nil || q != want {
		t.Errorf("queue: %+v, %v, want %+v", q, err, want)
	}
	st, ok, err := readState(key, []byte{2, 1, 5, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9})
	if want := (state{kindSettled, 1, classAvailable, 3, 0x65000000, 9}); err != nil || !ok || st != want {
		t.Errorf("state: %+v, %v", st, err)
	}
	c, err := readChunk(key, []byte{progressOld, 1, 100, bitsRuns, 2, 5, 2})
	if err != nil || len(c) != 1 || c[0].at != 100 || *c[0].bits != *bitsOf(5, 6) {
		t.Errorf("progress: %+v, %v", c, err)
	}
	want := available(t, "a.com", t0)
	text, _ := json.Marshal(want)
	if r, err := readResult(key, append([]byte{formJSON, byte(vacant.Available)}, text...)); err != nil || !reflect.DeepEqual(r, want) {
		t.Errorf("JSON: %+v, %v", r, err)
	}
}

func varintOf(n int64) (a, b, c, d, e byte) {
	return byte(n) | 0x80, byte(n>>7) | 0x80, byte(n>>14) | 0x80, byte(n>>21) | 0x80, byte(n >> 28)
}

// Whatever stands in the file, decoding it ends, and what decodes is not more than it was.
func FuzzRecords(f *testing.F) {
	for _, tt := range summed() {
		f.Add(tt.value[:len(tt.value)-sumLen])
		f.Add(tt.value)
	}
	f.Add(mark{run: 1}.append(nil))
	key := []byte("a.com")
	f.Fuzz(func(t *testing.T, v []byte) {
		fuzzOne(t, key, v)
		fuzzOne(t, key, appendSum(v[:len(v):len(v)], 0, key)) // or no fuzzer would find a way past the sum
		_, _, _ = readMark(v)
	})
}

func fuzzOne(t *testing.T, key, v []byte) {
	t.Helper()
	if r, err := readResult(key, v); err == nil {
		if r.Verdict() == vacant.Available && r.DNS.Supports(r.CheckedAt) != nil {
			t.Error("available without proof")
		}
		if again, err := readResult(key, appendResult(nil, key, &r)); err != nil || !sameResult(again, r) {
			t.Errorf("%+v, %+v, %v", r, again, err)
		}
	}
	if q, err := readQueued(key, v); err == nil {
		again, err := readQueued(key, q.append(nil, key))
		if same := again.proof.At.Equal(q.proof.At); !same || err != nil {
			t.Errorf("%+v, %+v, %v", q, again, err)
		}
		if again.proof.At = q.proof.At; again != q {
			t.Errorf("%+v, %+v", q, again)
		}
	}
	if c, err := readChunk(key, v); err == nil {
		c.record(1, bitsOf(1), bitsOf(2))
	}
	if s, err := readShare(key, v); err == nil {
		s.fade(t0)
	}
	_, _, _ = readState(key, v)
}

// sameResult compares what can be compared of results with wild times.
func sameResult(a, b vacant.Result) bool {
	if len(a.Evidence) != len(b.Evidence) || !a.CheckedAt.Equal(b.CheckedAt) || !a.ExpiresAt.Equal(b.ExpiresAt) || !a.DNS.At.Equal(b.DNS.At) {
		return false
	}
	for i := range a.Evidence {
		a.Evidence[i].At, b.Evidence[i].At = time.Time{}, time.Time{}
	}
	for _, r := range []*vacant.Result{&a, &b} {
		r.CheckedAt, r.ExpiresAt, r.CreatedAt, r.RetryAfter, r.DNS.At = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	}
	if len(a.Evidence) == 0 {
		a.Evidence, b.Evidence = nil, nil
	}
	return reflect.DeepEqual(a, b)
}
