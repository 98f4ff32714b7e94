package reading

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vacant"
	"vacant/rdapstage/rdaptest"
)

// banners stand beside every reply of some server and say nothing of the name.
var banners = []string{
	"", "% This is the .md WHOIS server.", "%", "Whois server version 4.0", "Please visit https://nic.md/ for more information.", ">>> Last update of WHOIS database: 2026-01-02T03:04:05Z <<<",
	"Terms of use: you agree to use this data for lawful purposes only.", "# Copyright (c) 2026 Registry. All rights reserved.", "--", "Domain: " + strictName, "Query: " + strictName, "-- ", "***",
}

// spoilers are lines beside which nothing is free.
var spoilers = append([]string{
	"Domain: other.md", "Registrar: Example Inc.", "Creation Date: 2001-02-03", "Created: 2001-02-03", "Name Server: ns1.example.net", "nserver: ns1.example.net", "Registrant: Somebody", "owner: Somebody",
	"Status: registered", "Status: ok", "Status: active", "Status: clientHold", "Domain Status: reserved", "Status: not available", "Status: premium", "No match for other.md", "other.md is free", "other.md not found",
	strictName + " is registered", strictName + " is not available for registration", "This name is reserved.", "Domain name is blocked", "<html>", "</pre>", "No se encontraron registros, intente mas tarde",
	"Demasiadas consultas", "Trop de requetes", "Zu viele Anfragen", "Превышен лимит запросов", "查询过于频繁",
}, refusals...)

// FuzzWHOISLines makes replies of whole lines, one for each octet: a mutated
// octet is another line, so that combinations are found which mutated texts never
// come to. What has one spoiler in it is not available, wherever it stands; what
// is available has a "not found".
func FuzzWHOISLines(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{1, 130, 5})
	f.Add([]byte{130, 250})
	f.Add([]byte{2, 60, 6, 200})
	f.Fuzz(checkRecipe)
}

func TestRepliesOfAnyLines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		checkRecipe(t, rapid.SliceOfN(rapid.Byte(), 1, 12).Draw(rt, "recipe"))
	})
}

func checkRecipe(t *testing.T, recipe []byte) {
	t.Helper()
	if len(recipe) > 60 {
		return
	}
	text, spoilt, free := cook(recipe)
	got := WHOIS(strictHost, strictName, false, []byte(text))
	checkReading(t, got)
	if got.Verdict == vacant.Available && (spoilt != "" || !free) {
		t.Errorf("available by %q beside %q: %q", got.Matched, spoilt, text)
	}
	if got.Verdict == vacant.Available {
		checkAvailable(t, strictHost, strictName, []byte(text))
		checkCuts(t, text, got.Matched)
		return
	}
	checkNotAvailable(t, strictHost, strictName, []byte(text), got)
}

// cook makes the reply: an octet under 64 is a banner, under 160 a "not found",
// the rest are spoilers; an octet 0 to 63 with its 5th bit set ends lines by CR LF.
func cook(recipe []byte) (text, spoilt string, free bool) {
	var b strings.Builder
	for i, octet := range recipe {
		line := ""
		switch n := int(octet) + 7*i; {
		case octet < 64:
			line = banners[n%len(banners)]
		case octet < 160:
			line, free = strings.ReplaceAll(strings.ReplaceAll(strictFree[n*13%len(strictFree)], "NAME", strictName), "|", "\n"), true
		default:
			line = spoilers[n*5%len(spoilers)]
			spoilt = line
		}
		b.WriteString(line)
		b.WriteString("\n")
	}
	return b.String(), spoilt, free
}

// checkCuts holds for every reply that reads available: a beginning of it does so
// too only when the whole line that says so is in it, with its line break.
func checkCuts(t *testing.T, text, matched string) {
	t.Helper()
	for cut := 0; cut < len(text); cut += 1 + len(text)/40 {
		got := WHOIS(strictHost, strictName, false, []byte(text[:cut]))
		if got.Verdict != vacant.Available {
			continue
		}
		whole := false
		for line := range strings.Lines(text[:cut]) {
			squeezed := strings.Join(strings.Fields(line), " ")
			whole = whole || strings.HasSuffix(line, "\n") && strings.Contains(squeezed, got.Matched)
		}
		if !whole {
			t.Errorf("available by %q when cut at %d: %q; the whole by %q", got.Matched, cut, text[:cut], matched)
		}
	}
}

func TestTwoSpoilersAreNoLessThanOne(t *testing.T) {
	for _, spoiler := range spoilers {
		for _, text := range []string{rdaptest.WHOISNotFound(strictName), "No match\n", "Domain: " + strictName + "\nStatus: free\n"} {
			for _, with := range []string{spoiler + "\n" + text, text + spoiler + "\n", text + "\n" + spoiler, "% " + spoiler + "\n" + text, "\n\n" + spoiler + "\n\n" + text} {
				if got := WHOIS(strictHost, strictName, false, []byte(with)); got.Verdict == vacant.Available {
					t.Errorf("available by %q: %q", got.Matched, with)
				}
			}
		}
	}
}
