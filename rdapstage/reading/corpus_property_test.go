package reading

import (
	"bytes"
	"flag"
	"slices"
	"strings"
	"testing"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// Whatever is done to a real reply that says anything else than free, it does
// not come to say that.
func TestCorpusNeverTurnsAvailable(t *testing.T) {
	readings := 0
	for i, s := range corpus(t, "whois") {
		if s.accepts(vacant.Available) {
			continue
		}
		text := s.body(t, "whois")
		never := func(why string, text []byte) {
			readings++
			if got := WHOIS(s["server"], "", false, text); got.Verdict == vacant.Available {
				t.Errorf("%s (%s) %s: available by %q", s["path"], s["label"], why, got.Matched)
			}
		}
		for _, cut := range cuts(i, text) {
			never("cut", text[:cut])
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue // nothing of it is left once something follows
		}
		name := vacant.Name("example123." + s["tld"])
		for n, more := range []string{rdaptest.FreeText(string(name)), "\nDomain not found.\n", "\nNo match\n", "\nNot found: " + string(name) + "\n"} {
			if (*full || n == i%4) && s["label"] != "invalid" && s["label"] != "other" { // what asks for another question may be followed by its answer
				never("before a registrar's text", append(append(bytes.Clone(text), '\n'), more...))
			}
		}
		if *full || i%4 == 0 {
			never("in a web page", []byte("<html><pre>"+string(text)+"</pre></html>"))
		}
	}
	t.Logf("%d readings", readings)
}

// full makes the tests over the samples cut them in about eighty places each,
// which takes a minute, and not in eight.
var full = flag.Bool("full", false, "cut each sample in eighty places")

// cuts are where the i-th text is cut, line ends among them.
func cuts(i int, text []byte) []int {
	all := allCuts(text)
	if *full {
		return all
	}
	var some []int
	for n, at := range all {
		if (n+i)%40 == 0 {
			some = append(some, at)
		}
	}
	return some
}

func allCuts(text []byte) []int {
	var at []int
	for i := 0; i < len(text); i += 1 + len(text)/60 {
		at = append(at, i)
	}
	ends := bytes.Count(text, []byte("\n"))
	for i, n := 0, 0; i < len(text); i++ {
		if text[i] == '\n' {
			if n++; n%(1+ends/20) == 0 {
				at = append(at, i, i+1)
			}
		}
	}
	return at
}

// A real "not found" says so no more with a refusal in any place, in a web page,
// from a registrar or an unknown host; and cut, only with its whole line, or as a
// reply that this server is known to send without a line break.
func TestCorpusAvailableIsFragile(t *testing.T) {
	readings := 0
	for i, s := range corpus(t, "whois") {
		text := s.body(t, "whois")
		if s["run_by"] != "registry" || !s.accepts(vacant.Available) || WHOIS(s["server"], "", false, text).Verdict != vacant.Available {
			continue
		}
		never := func(why, host string, text string) {
			readings++
			if got := WHOIS(host, "", false, []byte(text)); got.Verdict == vacant.Available {
				t.Errorf("%s %s: available by %q", s["path"], why, got.Matched)
			}
		}
		never("from a registrar", "whois.enom.com", string(text))
		never("from a host that nobody listed", "whois.example", string(text))
		never("in a web page", s["server"], "<html><pre>\n"+string(text)+"</pre></html>\n")
		never("with NUL", s["server"], string(text)+"\x00")
		lines := strings.SplitAfter(string(text), "\n")
		for at := range lines {
			if !*full && (i+at)%16 != 0 {
				continue
			}
			refusal := refusals[(i*7+at)%len(refusals)]
			never("with "+refusal, s["server"], strings.Join(lines[:at], "")+refusal+"\n"+strings.Join(lines[at:], ""))
		}
		if other := vacant.Name("another-name." + s["tld"]); echoed(text, s["tld"]) {
			readings++
			if got := WHOIS(s["server"], other, false, text); got.Verdict == vacant.Available {
				t.Errorf("%s about another name: available by %q", s["path"], got.Matched)
			}
		}
		for _, cut := range cuts(i, text) {
			readings++
			got := WHOIS(s["server"], "", false, text[:cut])
			if got.Verdict == vacant.Available && cut < len(text) && !endsOf(text, got.Matched, cut) && !slices.Contains(rowOf(s["server"]).unended, strings.ToLower(got.Matched)) {
				t.Errorf("%s cut at %d: available by %q", s["path"], cut, got.Matched)
			}
		}
	}
	t.Logf("%d readings", readings)
}

// echoed reports whether the text has the name that was asked: those of the
// samples are known by their labels.
func echoed(text []byte, tld string) bool {
	lower := strings.ToLower(string(text))
	for _, label := range []string{"u34jedzcq", "msens", "likexian", "wiki-", "likexian-have-no-money-to-register"} {
		if strings.Contains(lower, label) && strings.Contains(lower, "."+tld) {
			return true
		}
	}
	return false
}

// endsOf reports whether a line that has matched ends before cut, with its break.
func endsOf(text []byte, matched string, cut int) bool {
	for line := range strings.Lines(Decode(text[:cut])) {
		if strings.HasSuffix(line, "\n") && strings.Contains(strings.Join(strings.Fields(line), " "), matched) {
			return true
		}
	}
	return false
}
