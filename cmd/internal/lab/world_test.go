package lab

import (
	"fmt"
	"math"
	"testing"
)

// TestSipHash checks the published vectors of SipHash-2-4: key 00..0f, input 00, 00 01, ...
func TestSipHash(t *testing.T) {
	k := key{0x0706050403020100, 0x0f0e0d0c0b0a0908}
	in := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	for n, want := range map[int]uint64{
		0: 0x726fdb47dd0e0e31, 1: 0x74f839c593dc67fd, 8: 0x93f5f5799a932462, 15: 0xa129ca6149be45e5,
	} {
		if got := sip(k, in[:n]); got != want {
			t.Errorf("of %d octets: %#x, want %#x", n, got, want)
		}
	}
}

func TestWorldIsAFunctionOfItsConfig(t *testing.T) {
	names := sample(3000, "com", "dev", "io")
	one := NewWorld(Config{Seed: 1})
	same := NewWorld(Config{Seed: 1, Density: 0.9, TLDs: []string{"IO", "dev.", "com", "io"}, RTT: 5, Faults: []string{"dead-proxy"}})
	more := NewWorld(Config{Seed: 1, TLDs: []string{"com", "dev", "io", "co.uk"}})
	other := NewWorld(Config{Seed: 2})
	differ := 0
	for _, name := range names {
		truth := one.Truth(name)
		if same.Truth(name) != truth || more.Truth(name) != truth || one.Truth(name) != truth {
			t.Fatalf("%s: %v, %v, %v", name, truth, same.Truth(name), more.Truth(name))
		}
		if other.Truth(name) != truth {
			differ++
		}
	}
	if differ < 300 {
		t.Errorf("another seed changes %d of %d names only", differ, len(names))
	}
	if one.String() != same.String() || one.String() == other.String() || one.String() == more.String() {
		t.Errorf("words %q, %q, %q, %q", one, same, other, more)
	}
	if want := "lab seed=1 density=0.9 tlds=com,dev,io"; one.String() != want {
		t.Errorf("world %q, want %q", one, want)
	}
}

func TestDensity(t *testing.T) {
	for _, test := range []struct{ asked, want float64 }{{0, 0.9}, {-1, 0}, {0.02, 0.02}, {0.5, 0.5}, {1, 1}} {
		w := NewWorld(Config{Seed: 3, Density: test.asked, TLDs: []string{"org"}})
		const n = 40000
		got := verdictShares(w, sample(n, "org"))
		if tolerance := 4*math.Sqrt(test.want*(1-test.want)/n) + 1e-9; math.Abs(got["registered"]-test.want) > tolerance {
			t.Errorf("density %v: %.4f registered", test.asked, got["registered"])
		}
		free := 1 - test.want
		for _, verdict := range []string{"reserved", "premium"} {
			if math.Abs(got[verdict]-0.02*free) > 0.005*free+1e-9 {
				t.Errorf("density %v: %.4f %s of %.4f unregistered", test.asked, got[verdict], verdict, free)
			}
		}
	}
}

// verdictShares returns the share of each verdict.
func verdictShares(w *World, names []string) map[string]float64 {
	got := make(map[string]float64)
	for _, name := range names {
		got[w.Truth(name).Verdict] += 1 / float64(len(names))
	}
	return got
}

func TestLifecycles(t *testing.T) {
	w, got := NewWorld(Config{Seed: 4, Density: 1, TLDs: []string{"io"}}), make(map[string]float64)
	delegated := 0.0
	const n = 50000
	for _, name := range sample(n, "io") {
		st := w.state([]byte(name), w.suffixes["io"])
		got[st.life] += 1.0 / n
		if st.dns == dnsDelegated {
			delegated += 1.0 / n
		}
	}
	for life, want := range map[string]float64{"active": 0.955, "expired": 0.01, "hold": 0.015, "redemption": 0.012, "pending-delete": 0.008} {
		if math.Abs(got[life]-want) > 0.004 {
			t.Errorf("%s: %.4f, want %.4f", life, got[life], want)
		}
	}
	if math.Abs(delegated-0.93) > 0.005 {
		t.Errorf("%.4f delegated, want 0.93", delegated)
	}
}

func TestTruthByLabel(t *testing.T) {
	w := NewWorld(Config{Density: -1, TLDs: []string{"com", "dev", "io", "co.uk", "uk", "org", "nl"}, Reserved: []string{"Olympic"}})
	active := Truth{"registered", "active"}
	for name, want := range map[string]Truth{
		"nic.com": active, "nic.dev": active, "nic.co.uk": active, "hosting.io": active,
		"www.org": {"reserved", ""}, "www.com": active, "whois.io": {"reserved", ""}, "rdds.dev": {"reserved", ""}, "example.dev": {"reserved", ""}, "dns.io": {"reserved", ""},
		"d.dev": {"reserved", ""}, "ab.dev": {"reserved", ""}, "olympic.dev": {"reserved", ""}, "OLYMPIC.DEV.": {"reserved", ""},
		"xn--bcher-kva.dev": {"reserved", ""}, "xn--bcher-kva.org": {"reserved", ""}, "xn--bcher-kva.nl": {"reserved", ""}, "ab--c.io": {"reserved", ""},
		"averylongrandomlabel.com": {"available", ""},
		"foo.net":                  {"undetermined", ""}, "a.foo.com": {"undetermined", ""}, "com": {"undetermined", ""},
		"co.uk": {"undetermined", ""}, "a.b.co.uk": {"undetermined", ""}, "": {"undetermined", ""}, ".com": {"undetermined", ""},
		"-foo.com": {"undetermined", ""}, "fo_o.com": {"undetermined", ""},
	} {
		if got := w.Truth(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	// Short and listed labels are sold where no agreement of 2012 forbids it.
	sold := 0
	for _, name := range []string{"d.com", "ab.com", "ab.io", "olympic.com", "olympic.io", "foobar.uk", "foobar.co.uk"} {
		if w.Truth(name).Verdict == "available" {
			sold++
		}
	}
	if sold < 5 { // chance withholds a few
		t.Errorf("%d of 7 sold", sold)
	}
}

// TestGibberishIsFree: a free control must be free in the fullest world.
func TestGibberishIsFree(t *testing.T) {
	w := NewWorld(Config{Density: 1, TLDs: []string{"dev"}})
	if got := w.Truth("qzkvwjxhpfbtrnmcdg.dev"); got.Verdict != "available" {
		t.Error(got)
	}
	if got := w.Truth("qzkvwjxhpfbtrnmcd.dev"); got.Verdict != "registered" {
		t.Error("a shorter one:", got)
	}
}

// In a closed TLD a few names are the brand's and all others nobody's, random labels among them.
func TestAClosedTLDSellsNothing(t *testing.T) {
	w := NewWorld(Config{TLDs: []string{"google"}})
	got := verdictShares(w, sample(20_000, "google"))
	if got["registered"] < 0.04 || got["registered"] > 0.06 || len(got) != 2 || got["reserved"] == 0 {
		t.Error(got)
	}
	for i := range 1000 {
		if name := fmt.Sprintf("qzkvwjxhpfbtrnmcd%d.google", 1000+i); w.Truth(name).Verdict != "reserved" {
			t.Fatalf("%s is %v", name, w.Truth(name))
		}
	}
}

// Danger multiplies the names that look free in DNS and are not, and is part of the world's name.
func TestDangerousWorld(t *testing.T) {
	count := func(cfg Config) (undelegated, withheld float64) {
		w := NewWorld(cfg)
		for i := range 20_000 {
			st := w.state(fmt.Appendf(nil, "name%d.org", i), w.suffixes["org"])
			switch {
			case st.verdict == verdictRegistered && st.dns != dnsDelegated:
				undelegated++
			case st.verdict == verdictReserved, st.verdict == verdictPremium:
				withheld++
			}
		}
		return undelegated, withheld
	}
	u, v := count(Config{Density: 0.5, TLDs: []string{"org"}})
	u8, v8 := count(Config{Density: 0.5, Danger: 8, TLDs: []string{"org"}})
	if u8/u < 7 || u8/u > 9 || v8/v < 7 || v8/v > 9 {
		t.Errorf("%g and %g undelegated, %g and %g withheld", u, u8, v, v8)
	}
	if NewWorld(Config{}).String() == NewWorld(Config{Danger: 8}).String() {
		t.Error("two worlds have one name")
	}
	if (&Config{Danger: MaxDanger + 1}).Validate() == nil {
		t.Error("too much danger is taken")
	}
}
