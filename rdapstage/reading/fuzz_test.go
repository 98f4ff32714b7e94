package reading

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"vacant"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/rdaptest"
)

// FuzzWHOIS looks for texts that break what must hold for all of them: a reply
// that reads available stops to do so with a refusal in it, about another name,
// in a web page, from a registrar, beside a record; and one that says taken, kept
// back or slow down never starts to, whatever stands after it.
func FuzzWHOIS(f *testing.F) {
	seedWHOIS(f)
	f.Fuzz(func(t *testing.T, host, asked string, text []byte) {
		name := nameOr(asked)
		got := WHOIS(host, name, false, text)
		checkReading(t, got)
		checkTwin(t, host, name, text, got)
		if got.Verdict == vacant.Available {
			checkAvailable(t, host, name, text)
		} else {
			checkNotAvailable(t, host, name, text, got)
		}
	})
}

func seedWHOIS(f *testing.F) {
	f.Helper()
	for _, c := range whoisCases {
		f.Add(c.host, c.asked, []byte(c.text))
	}
	for _, r := range otherReplies {
		f.Add(r.host, r.name, []byte(r.text))
	}
	for _, list := range [][]string{strictFree, strictNot, strictTaken} {
		for _, line := range list {
			f.Add(strictHost, strictName, []byte(strings.ReplaceAll(strings.ReplaceAll(line, "NAME", strictName), "|", "\n")+"\n"))
		}
	}
}

// nameOr returns text as a name, or "" for one that nobody could ask about.
func nameOr(text string) vacant.Name {
	name, err := vacant.ParseName(text)
	if err != nil {
		return ""
	}
	return name
}

// pick chooses one of n by the text, so that a finding can be run again.
func pick(text []byte, salt string, n int) int {
	h := fnv.New32a()
	_, _ = h.Write(text)
	_, _ = h.Write([]byte(salt))
	return int(h.Sum32() % uint32(n))
}

// checkAvailable holds for every text that reads available.
func checkAvailable(t *testing.T, host string, name vacant.Name, text []byte) {
	t.Helper()
	never := func(why, host string, name vacant.Name, text string) {
		t.Helper()
		if got := WHOIS(host, name, false, []byte(text)); got.Verdict == vacant.Available {
			t.Errorf("available %s by %q: %q", why, got.Matched, text)
		}
	}
	s := string(text)
	if runBy, ours := facts.WHOISAuthority(host, suffixOf(name)); !ours {
		t.Errorf("available by a host run by %q", runBy)
	}
	never("from a registrar", "whois.enom.com", name, s)
	never("from a host that nobody listed", "whois.example", name, s)
	refusal := refusals[pick(text, "refusal", len(refusals))]
	never("with a limit before it", host, name, "Too many requests\n"+s)
	never("after "+refusal, host, name, refusal+"\n"+s)
	if isUTF8(text) {
		never("before "+refusal, host, name, s+"\n"+refusal+"\n")
		if name != "" && !isDAS(host) {
			never("beside a record of its own", host, name, s+"\n"+rdaptest.RecordText(string(name)))
			never("beside another name's record", host, name, s+"\n"+rdaptest.RecordText("other."+name.Parent()))
		}
	}
	never("in a web page", host, name, "<html><body>\n"+s+"\n</body></html>\n")
	never("with NUL", host, name, "\x00"+s)
	never("over 64 KiB", host, name, s+strings.Repeat(" ", MaxWHOISText))
	if other := vacant.Name("zq" + name); name != "" && saysName(s, name) && isUTF8(text) && nameOr(string(other)) == other {
		never("for another name", host, other, s)
	}
}

// saysName reports whether a short line that is no terms has name in it as a word.
func saysName(s string, name vacant.Name) bool {
	r := parseWHOIS([]byte(s))
	return slices.ContainsFunc(r.lines, func(l textLine) bool {
		return l.kind != legal && l.kind != furniture && slices.Contains(anyHost.FindAllString(strings.ToLower(l.text), -1), string(name)) && !strings.ContainsAny(l.text, "@/")
	})
}

// isUTF8 reports whether what is appended to text is read as it stands.
func isUTF8(text []byte) bool {
	return utf8.Valid(text) && !bytes.HasPrefix(text, []byte("\xff\xfe")) && !bytes.HasPrefix(text, []byte("\xfe\xff"))
}

// checkNotAvailable holds for every text that says something else than free: no
// "not found" after it undoes that.
func checkNotAvailable(t *testing.T, host string, name vacant.Name, text []byte, got Reading) {
	t.Helper()
	says := got.Verdict == vacant.Registered && name != "" || got.Verdict == vacant.Reserved || got.Verdict == vacant.Premium || got.Reason == vacant.ReasonRateLimited
	if !says || !isUTF8(text) || len(text) > MaxWHOISText/2 {
		return
	}
	for _, more := range []string{"\n\n" + rdaptest.FreeText(string(name)), "\n\nDomain not found.\n", "\n\nNo match for " + string(name) + "\n"} {
		if again := WHOIS(host, name, false, append(bytes.Clone(text), more...)); again.Verdict == vacant.Available {
			t.Errorf("%v %q and then a registrar's text: available by %q: %q", got.Verdict, got.Matched, again.Matched, text)
		}
	}
}

// checkTwin holds for every text: the same octets read the same again, and line
// ends and encodings of the same characters make no available of anything else.
func checkTwin(t *testing.T, host string, name vacant.Name, text []byte, got Reading) {
	t.Helper()
	if again := WHOIS(host, name, false, text); again != got {
		t.Errorf("reads %+v and then %+v", got, again)
	}
	if !isUTF8(text) || bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) || len(text) > MaxWHOISText/4 || bytes.IndexByte(text, '\r') >= 0 {
		return
	}
	for _, twin := range [][]byte{bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), bytes.ReplaceAll(text, []byte("\n"), []byte("\r")), utf16Of(text), append([]byte("\xef\xbb\xbf"), text...)} {
		if again := WHOIS(host, name, false, twin); again.Verdict != got.Verdict {
			t.Errorf("reads %v, with other line ends or in another encoding %v: %q", got.Verdict, again.Verdict, twin)
		}
	}
}

func utf16Of(text []byte) []byte {
	twin := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		twin = append(twin, byte(unit), byte(unit>>8))
	}
	return twin
}

// FuzzDAS does the same with services that answer out of a closed set.
func FuzzDAS(f *testing.F) {
	for _, c := range whoisCases {
		if strings.HasPrefix(c.name, "DAS") {
			f.Add(uint8(0), c.asked, []byte(c.text))
		}
	}
	for _, text := range []string{"Domain: x.eu\nStatus: AVAILABLE\n", "Domain: x\nStatus: NOT AVAILABLE\n", "% RC = 0\nDomain: x.be\nStatus: AVAILABLE\n", "-2: too many\n", "RC=-3\n",
		"1: domain name is available\n", "0: registered\n", "-95: limited\n", "x.nl is free\n", "x.si is available\n", "free x.se", "occupied x.nu", "not_valid x", "x.no is available\n", "Domain: x\nDomain: y\nStatus: free\n"} {
		for host := range dasHosts {
			f.Add(uint8(host), "x."+dasHosts[host][1], []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, host uint8, asked string, text []byte) {
		which := dasHosts[int(host)%len(dasHosts)]
		name := nameOr(asked)
		got := WHOIS(which[0], name, false, text)
		checkReading(t, got)
		if again := WHOIS(which[0], name, false, text); again != got {
			t.Errorf("reads %+v and then %+v", got, again)
		}
		if got.Verdict == vacant.Available {
			checkAvailableDAS(t, which[0], name, text)
		}
	})
}

// dasHosts are services, and a suffix of each.
var dasHosts = [][2]string{{"das.eu:4343", "eu"}, {"das.dns.be:4343", "be"}, {"das.domreg.lt:4343", "lt"}, {"whois.nic.ch:4343", "ch"}, {"whois.domain-registry.nl", "nl"},
	{"das.arnes.si:4343", "si"}, {"finger.norid.no:79", "no"}, {"free.iis.se:80", "se"}}

// isDAS reports whether host is one of them.
func isDAS(host string) bool {
	for _, das := range dasHosts {
		if facts.BareHost(das[0]) == facts.BareHost(host) {
			return true
		}
	}
	return false
}

// checkAvailableDAS holds for every answer that says free.
func checkAvailableDAS(t *testing.T, host string, name vacant.Name, text []byte) {
	t.Helper()
	if _, ours := facts.WHOISAuthority(host, suffixOf(name)); !ours {
		t.Error("available from a service of another suffix")
	}
	for _, other := range []string{"Too many requests\n" + string(text), string(text) + "\n-2: quota exceeded\n", string(text) + "\nThis is a premium domain\n", string(text) + "\nThis name is reserved\n", "<html>\n" + string(text) + "\n</html>\n", "\x00" + string(text)} {
		if got := WHOIS(host, name, false, []byte(other)); got.Verdict == vacant.Available && isUTF8(text) {
			t.Errorf("available by %q: %q", got.Matched, other)
		}
	}
	if other := vacant.Name("zq" + name); name != "" && strings.Contains(strings.ToLower(string(text)), string(name)) && isUTF8(text) && nameOr(string(other)) == other {
		if WHOIS(host, other, false, text).Verdict == vacant.Available && host != "whois.nic.ch:4343" {
			t.Errorf("available for %s: %q", other, text)
		}
	}
}

// FuzzRDAP looks for bodies and headers that prove what they may not.
func FuzzRDAP(f *testing.F) {
	for _, c := range rdapCases {
		f.Add(c.status, rdapType, []byte(c.body))
	}
	f.Add(404, "text/html", []byte("<html>404 Not Found</html>"))
	f.Add(404, rdapType, []byte(`{"errorCode":404,"errorCode":200,"title":"x"}`))
	f.Add(404, rdapType, []byte(`{"errorCode":404,"notices":[{"title":"T","description":["a"]}],"x":[[{"y":"z"}]]}`))
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		r := rdapReply("my404.com", status, "")
		r.ContentType, r.Body = kind, body
		got := RDAP("my404.com", r)
		checkReading(t, got)
		switch {
		case got.Verdict == vacant.Available && (status != 404 || len(bytes.TrimSpace(body)) == 0):
			t.Errorf("available from %d with %d octets", status, len(body))
		case got.Verdict == vacant.Registered && status != 200:
			t.Errorf("registered from %d", status)
		case got.Verdict == vacant.Available:
			checkAvailableRDAP(t, r)
		case got.Verdict == vacant.Registered && RDAP("other.com", r).Verdict != vacant.Undetermined:
			t.Error("a record proves something about another name")
		}
	})
}

// checkAvailableRDAP holds for every reply that says there is no such name.
func checkAvailableRDAP(t *testing.T, r RDAPReply) {
	t.Helper()
	never := func(why string, change func(*RDAPReply)) {
		t.Helper()
		changed := r
		changed.Body = bytes.Clone(r.Body)
		change(&changed)
		if got := RDAP("my404.com", changed); got.Verdict == vacant.Available {
			t.Errorf("available %s: %q", why, changed.Body)
		}
	}
	refusal, _ := json.Marshal(refusals[pick(r.Body, "refusal", len(refusals))])
	open := bytes.IndexByte(r.Body, '{')
	for _, member := range []string{`"title":`, `"description":`, `"detail":`} {
		never("with "+string(refusal), func(c *RDAPReply) {
			c.Body = append(append(append(bytes.Clone(r.Body[:open+1]), member...), append(refusal, ',')...), r.Body[open+1:]...)
		})
	}
	never("with a notice", func(c *RDAPReply) {
		c.Body = append(append(bytes.Clone(r.Body[:open+1]), `"notices":[{"title":"Domain","description":[`+string(refusal)+`]}],`...), r.Body[open+1:]...)
	})
	never("cut", func(c *RDAPReply) {
		whole := bytes.TrimRight(c.Body, " \t\r\n")
		c.Body = whole[:1+pick(whole, "cut", len(whole)-1)]
	})
	never("in a web page", func(c *RDAPReply) { c.Body = append([]byte("<html>"), append(c.Body, "</html>"...)...) })
	never("with text after it", func(c *RDAPReply) { c.Body = append(c.Body, "{}"...) })
	never("as HTML", func(c *RDAPReply) { c.ContentType = "text/html" })
	never("from another host", func(c *RDAPReply) { c.FinalURL = "https://elsewhere.example/domain/my404.com" })
	never("over plain http", func(c *RDAPReply) { c.URL = strings.Replace(c.URL, "https:", "http:", 1) })
	never("about another name", func(c *RDAPReply) { c.URL = strings.Replace(c.URL, "my404.com", "other.com", 1) })
	for _, status := range []int{200, 204, 301, 302, 400, 401, 403, 410, 429, 500, 501, 503} {
		never("with another status", func(c *RDAPReply) { c.Status = status })
	}
}

// checkReading holds for every reading.
func checkReading(t *testing.T, r Reading) {
	t.Helper()
	if (r.Verdict == vacant.Undetermined) != (r.Reason != vacant.ReasonNone) {
		t.Errorf("verdict %v with reason %q", r.Verdict, r.Reason)
	}
	if len(r.Matched) > vacant.MaxExcerpt {
		t.Errorf("excerpt of %d octets", len(r.Matched))
	}
	if r.Verdict == vacant.Undetermined && (r.Registrar != "" || r.Lifecycle != "") {
		t.Error("an undetermined reading with fields of a record")
	}
}
