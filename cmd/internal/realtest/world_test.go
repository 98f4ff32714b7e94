//go:build linux

package realtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The addresses of the test internet. Referral glue carries no port, and
// Unbound follows referrals on port 53 only.
const (
	rootAddr     = "127.53.0.1" // NSD: the root
	tldAddr      = "127.53.0.2" // Knot: the TLDs
	elsewhere    = "127.53.0.3" // NSD: co.beta, delegated away from beta's servers
	hostingAddr  = "127.53.0.4" // the servers of the delegated names
	resolverAddr = "127.53.0.9" // Unbound
)

// hostingName is the name server of delegated names; brokenName does not exist,
// so that a resolver answers SERVFAIL for what is delegated to it.
const (
	hostingName = "ns.hosting.gamma."
	brokenName  = "ns.nosuch.gamma."
)

// brokenPerZone of the delegations are to brokenName.
const brokenPerZone = 20

// pattern is what the hunts ask about: 3,125 labels.
const pattern = "[a-e]{5}"

// suffixes are those a hunt asks about; "wild" is apart, a resolver cannot tell there.
var suffixes = []string{"alpha", "beta", "gamma", "co.alpha", "co.beta"}

// delegationsPerZone of the 3,125 labels of the pattern are delegated in each zone.
const delegationsPerZone = 2500

// truth is what the zones and the registries of the test internet say.
type truth struct {
	delegated map[string][]string        // suffix -> labels
	held      map[string]map[string]bool // suffix -> labels registered and not delegated
}

// newTruth deals the labels out, the same way every time.
func newTruth() *truth {
	w := &truth{delegated: map[string][]string{}, held: map[string]map[string]bool{}}
	for i, suffix := range append(slices.Clone(suffixes), "wild") {
		labels := allLabels()
		rng := rand.New(rand.NewPCG(53, uint64(i)))
		rng.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
		w.delegated[suffix] = labels[:delegationsPerZone]
		w.held[suffix] = map[string]bool{"held": true}
		for _, l := range labels[delegationsPerZone : delegationsPerZone+100] {
			w.held[suffix][l] = true
		}
	}
	return w
}

func allLabels() []string {
	labels := []string{""}
	for range 5 {
		var next []string
		for _, l := range labels {
			for _, c := range "abcde" {
				next = append(next, l+string(c))
			}
		}
		labels = next
	}
	return labels
}

// registered reports what the registry of name's suffix says.
func (w *truth) registered(label, suffix string) bool {
	return label == "nic" || label == "aonly" || w.held[suffix][label] || slices.Contains(w.delegated[suffix], label)
}

// available returns, sorted, the names of the pattern that nobody owns.
func (w *truth) available(suffixes ...string) []string {
	var names []string
	for _, suffix := range suffixes {
		taken := make(map[string]bool)
		for _, l := range w.delegated[suffix] {
			taken[l] = true
		}
		for _, l := range allLabels() {
			if !taken[l] && !w.held[suffix][l] {
				names = append(names, l+"."+suffix)
			}
		}
	}
	slices.Sort(names)
	return names
}

// specials are names beyond the pattern: an A record only, an empty
// non-terminal, a name that is registered and not delegated, and one that is free.
func specials() []string {
	var names []string
	for _, suffix := range []string{"alpha", "beta", "gamma"} {
		for _, label := range []string{"aonly", "ent", "held", "nobody"} {
			names = append(names, label+"."+suffix)
		}
	}
	return names
}

// writeZones writes the zone files into dir, one a zone: root, alpha, beta, gamma, wild, co.beta.
func (w *truth) writeZones(t *testing.T, dir string) {
	t.Helper()
	root := soa(".", "a.root.") + ". NS a.root.\na.root. A " + rootAddr + "\n"
	for _, tld := range []string{"alpha", "beta", "gamma", "wild"} {
		root += fmt.Sprintf("%s. NS ns.nic.%s.\nns.nic.%s. A %s\n", tld, tld, tld, tldAddr)
	}
	writeZone(t, dir, "root", root)
	for _, tld := range []string{"alpha", "beta", "gamma"} {
		writeZone(t, dir, tld, w.tldZone(tld)+fmt.Sprintf("aonly.%s. A 192.0.2.7\ndeep.ent.%s. TXT \"below an empty non-terminal\"\n", tld, tld))
	}
	writeZone(t, dir, "wild", w.tldZone("wild")+"*.wild. A 192.0.2.9\n")
	writeZone(t, dir, "co.beta", soa("co.beta.", "ns.other.co.beta.")+"co.beta. NS ns.other.co.beta.\nns.other.co.beta. A "+elsewhere+"\n"+
		w.delegations("co.beta"))
}

// tldZone is a TLD's zone; co.alpha lives in alpha's own, co.beta is cut off from beta's.
func (w *truth) tldZone(tld string) string {
	ns := "ns.nic." + tld + "."
	var b strings.Builder
	b.WriteString(soa(tld+".", ns))
	fmt.Fprintf(&b, "%s. NS %s\n%s A %s\n", tld, ns, ns, tldAddr)
	if tld == "gamma" {
		fmt.Fprintf(&b, "%s A %s\n", hostingName, hostingAddr)
	}
	b.WriteString(w.delegations(tld))
	switch tld {
	case "alpha":
		b.WriteString("co.alpha. TXT \"a suffix on its TLD's own servers\"\n" + w.delegations("co.alpha"))
	case "beta":
		b.WriteString("co.beta. NS ns.other.co.beta.\nns.other.co.beta. A " + elsewhere + "\n")
	}
	return b.String()
}

func (w *truth) delegations(suffix string) string {
	var b strings.Builder
	for i, l := range w.delegated[suffix] {
		ns := hostingName
		if i < brokenPerZone {
			ns = brokenName
		}
		fmt.Fprintf(&b, "%s.%s. NS %s\n", l, suffix, ns)
	}
	return b.String()
}

func soa(zone, ns string) string {
	return fmt.Sprintf("$TTL 3600\n%s SOA %s hostmaster.nic.alpha. 1 7200 3600 1209600 900\n", zone, ns)
}

func writeZone(t *testing.T, dir, name, body string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name+".zone"), []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
}
