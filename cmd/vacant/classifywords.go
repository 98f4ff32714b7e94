package main

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"vacant"
	"vacant/rdapstage/ask"
	"vacant/rdapstage/facts"
	classifier "vacant/rdapstage/reading"
)

// tellServer says, once, what the server that is said to have sent the replies
// can prove, where that is not everything.
func (c *classify) tellServer(name vacant.Name) {
	if c.whois != "" {
		c.say("%s", c.hostWords(name))
	} else if words := c.baseWords(name); words != "" {
		c.say("%s", words)
	}
	if name == "" {
		c.say("without --name nobody checks that the reply is about the name that was asked")
	}
}

// hostWords says whose a WHOIS server is.
func (c *classify) hostWords(name vacant.Name) string {
	host, trusted := c.host()
	tld, _, _ := strings.Cut(c.whois, "=")
	suffix := name.Parent()
	runBy, ours := facts.WHOISAuthority(host, suffix)
	kind := "WHOIS server"
	if facts.DASSet(host) != "" {
		kind = "availability service"
	}
	switch {
	case trusted:
		return fmt.Sprintf("%s is trusted as the own server of .%s, because it was named so", host, tld)
	case ours && suffix != "":
		return fmt.Sprintf("%s is known as the registry's own %s of .%s", host, kind, suffix)
	case ours:
		return fmt.Sprintf("%s is known as a registry's own %s", host, kind)
	case runBy == "registry":
		return fmt.Sprintf("%s is a registry's, but not known to be that of .%s, so it can prove registered at most; --whois-server %s=%s trusts it", host, suffix, suffix, host)
	case runBy != "":
		return fmt.Sprintf("%s is a %s's server, not a registry's, so it can prove registered at most: such servers repeat registries' texts about names they do not know", host, runBy)
	}
	return fmt.Sprintf("%s is not listed as registry-run, so it can prove registered at most; if it is a registry's own server, --whois-server %s=%s trusts it", host, orTLD(suffix), host)
}

func orTLD(suffix string) string {
	if suffix == "" {
		return "TLD"
	}
	return suffix
}

// baseWords says that an RDAP base is not the one that is known for the name's suffix.
func (c *classify) baseWords(name vacant.Name) string {
	u, err := url.Parse(c.rdapURL)
	if err != nil || name == "" {
		return ""
	}
	f := facts.For(name.Parent())
	known := append([]string{f.RDAPBase}, f.RDAPUnlisted...)
	for _, base := range known {
		if facts.URLHost(base) == facts.URLHost(c.rdapURL) && base != "" {
			if facts.NeedsSecond(name.Parent(), base) {
				return fmt.Sprintf("the no of %s counts in a hunt only if a second source agrees", u.Host)
			}
			return ""
		}
	}
	return fmt.Sprintf("%s is not the RDAP server that is known for .%s (%s); it is taken for its own here, and would not be asked by a hunt", u.Host, name.Parent(), firstBase(known))
}

func firstBase(bases []string) string {
	for _, b := range bases {
		if b != "" {
			return b
		}
	}
	return "none"
}

// why says in words how a reply reads.
func (c *classify) why(name vacant.Name, said classifier.Reading, text []byte) string {
	quoted := fmt.Sprintf("%q", vacant.SafeText(said.Matched))
	switch said.Verdict {
	case vacant.Available:
		return "reads as available: " + quoted + " says that nobody has the name, and nothing beside it takes that back" + c.withheld(name)
	case vacant.Registered:
		life := ""
		if said.Lifecycle != "" {
			life = " (" + string(said.Lifecycle) + ")"
		}
		return "reads as registered" + life + ": " + quoted
	case vacant.Reserved:
		return "reads as reserved: the registry keeps the name back, says " + quoted
	case vacant.Premium:
		return "reads as premium: free at a higher price, says " + quoted
	}
	return "proves nothing (" + string(said.Reason) + "): " + c.whyNot(said, text, quoted)
}

// withheld warns of a label that a hunt would not call available on this alone.
func (c *classify) withheld(name vacant.Name) string {
	if name == "" {
		return ""
	}
	switch why := facts.Withheld(name.Parent(), name.Label()); why {
	case vacant.ReasonNone:
		return ""
	case vacant.ReasonClosedTLD:
		return "; but ." + name.Parent() + " is closed, and a hunt calls every name there reserved (closed-tld)"
	default:
		return "; but the label is one that registries commonly withhold (" + string(why) + "): a hunt wants a second source that says free in words"
	}
}

// whyNot says what keeps a reply from proving anything.
func (c *classify) whyNot(said classifier.Reading, text []byte, quoted string) string {
	switch said.Reason {
	case vacant.ReasonRateLimited:
		return "the server asks to slow down, says " + quoted + pauseWords(said) + "; whatever else is in the text does not count"
	case vacant.ReasonLockedOut:
		return "the server refuses this client for long, says " + quoted + pauseWords(said)
	}
	switch form := c.form(text); {
	case form != "":
		return form
	case said.Matched == "":
		return "no line of it is known to say that nobody has the name, and it is no record of it"
	}
	return quoted + c.cut(text)
}

func pauseWords(said classifier.Reading) string {
	if said.Pause <= 0 {
		return ""
	}
	return fmt.Sprintf(" (wait %s)", said.Pause)
}

// form says what is wrong with a text as such.
func (c *classify) form(text []byte) string {
	start := bytes.ToLower(text[:min(len(text), 512)])
	switch {
	case len(bytes.TrimSpace(text)) == 0 && c.whois != "":
		return "the text is empty, which is how servers throttle"
	case len(bytes.TrimSpace(text)) == 0 && c.status == 404:
		return "the body is empty: such a 404 counts only from a server that is known to answer so, or that answers a random label so"
	case len(bytes.TrimSpace(text)) == 0:
		return "the body is empty"
	case bytes.Contains(start, []byte("<html")), bytes.Contains(start, []byte("<!doctype")):
		return "it is a web page, of a wall, a proxy or a portal, and no registry's reply"
	case bytes.IndexByte(text, 0) >= 0 || strange(text):
		return "it is not text: WHOIS and RDAP replies are, in UTF-8 or Latin-1"
	case c.whois != "" && len(text) > ask.MaxText:
		return fmt.Sprintf("it is %d octets long, and a hunt reads no WHOIS text beyond %d", len(text), ask.MaxText)
	}
	return ""
}

// strange reports whether more than a tenth of a text is neither UTF-8 nor printable.
func strange(text []byte) bool {
	bad, all := 0, 0
	for rest := text; len(rest) > 0; all++ {
		r, n := utf8.DecodeRune(rest)
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			bad++
		}
		rest = rest[n:]
	}
	return bad*10 > all
}

// cut warns of a text whose last line may be only a part of one.
func (c *classify) cut(text []byte) string {
	if c.whois == "" || bytes.HasSuffix(text, []byte("\n")) {
		return ""
	}
	return "; its last line has no line break, so that it may have been cut: save replies as they come"
}
