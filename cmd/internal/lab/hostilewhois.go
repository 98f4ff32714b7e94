package lab

import (
	"context"
	"io"
	"net"
	"strings"
	"time"
)

// whoisCase is one question to a WHOIS server that a fault may answer.
type whoisCase struct {
	*whoisServer
	ctx   context.Context
	conn  net.Conn
	name  string
	seq   uint64 // which request of this server's it is
	fault *hostile
}

// whoisKind is a kind that takes a scope.
func whoisKind(name, help string, play func(c *whoisCase) bool) hostileKind {
	return hostileKind{FaultKind: FaultKind{Name: name, Arg: scopeArg, Help: help, Protocol: protocolWHOIS, Switches: true}, whois: play}
}

// send sends octets as they are.
func (c *whoisCase) send(octets string) bool {
	_ = c.conn.SetWriteDeadline(time.Now().Add(whoisPatience))
	_, _ = io.WriteString(c.conn, octets)
	return true
}

// say answers with lines; NAME in them is the name asked about, in upper case.
func say(text string) func(c *whoisCase) bool {
	return func(c *whoisCase) bool { return c.say(text) }
}

func (c *whoisCase) say(text string) bool {
	return c.send(lines(strings.ReplaceAll(text, "NAME", strings.ToUpper(c.name))))
}

// lines ends each line as RFC 3912 says.
func lines(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// no is the registry's own text about a name that nobody has.
func (c *whoisCase) no() string { return c.notFound(c.name) }

// record returns the registry's record of the name asked about, false if it is not registered.
func (c *whoisCase) record() (string, bool) {
	s := c.world.sold([]byte(c.name))
	if s == nil || c.world.state([]byte(c.name), s).verdict != verdictRegistered {
		return "", false
	}
	return c.text(c.name), true
}

// whoisLimitKinds are limits told in texts that look like something else. The
// words are the lab's own; the shapes are those of registries.
func whoisLimitKinds() []hostileKind {
	return []hostileKind{
		whoisKind("whois-limit-entries", "too many requests, and \"No entries found\" below", say(
			"%% Too many requests from your address. Please come back tomorrow.\n\n%% No entries found in the Laboratory Database.\n")),
		whoisKind("whois-limit-grace", "\"-1: Still in grace period\", and a footer that speaks of names still available", say(
			"% Terms: this service tells whether a name is still available.\n\n-1: Still in grace period, wait 3 seconds.\n")),
		whoisKind("whois-limit-object", "\"Maximum query rate reached\", and \"Object not found\"", say(
			"% Maximum query rate reached. Object not found in cache.\n")),
		whoisKind("whois-limit-away", "\"Please go away for 4 Seconds\"", say("Please go away for 4 Seconds\n")),
		whoisKind("whois-limit-code", "a number and \"access control limit reached\"", say(
			"% Error: 55000000002 Connection refused; access control limit reached.\nDomain: NAME\nStatus: free\n")),
		whoisKind("whois-limit-nomatch", "\"Rate limit: no match attempts left\"", say("Rate limit: no match attempts left for NAME\n")),
		whoisKind("whois-limit-blacklist", "\"blacklisted\", and \"no data found\"", say("This client is blacklisted. no data found\n")),
		whoisKind("whois-limit-no", "a limit and the registry's whole no below", func(c *whoisCase) bool {
			return c.say("Query rate limit exceeded. You have sent too many queries.\n\n" + c.no())
		}),
		whoisKind("whois-limit-unknown", "a limit in words that nobody wrote a rule for", say(unknownLimit)),
		whoisKind("whois-limit-unknown-no", "such words and the registry's whole no below", func(c *whoisCase) bool {
			return c.say(unknownLimit + "\n" + c.no())
		}),
		whoisKind("whois-limit-unknown-line", "such words, and a line \"No match for\" the name among them", say(
			"The porter has stepped out.\nNo match for \"NAME\".\nRing again when the lamp is lit.\n")),
	}
}

// unknownLimit is a limit in words that no rule knows.
const unknownLimit = `The porter has stepped out and the books are shut.
Ring again when the lamp above the gate is lit.
`

// whoisTextKinds are whole texts that are no registry's no.
func whoisTextKinds() []hostileKind {
	return []hostileKind{
		whoisKind("whois-free-all", "the registry's own no about every name", func(c *whoisCase) bool { return c.say(c.no()) }),
		whoisKind("whois-pool", "a pool in which one of four backends says so, at random for each request", func(c *whoisCase) bool {
			return draw(mix(c.world.seed^c.seq), saltPool) < 0.25 && c.say(c.no())
		}),
		whoisKind("whois-terms", "the terms of use and nothing else", say(whoisFooter)),
		whoisKind("whois-error", "\"Server can't process your request\"", say("Server can't process your request. NAME not found.\n")),
		whoisKind("whois-unserved", "\"TLD is not supported\"", say("TLD is not supported. No match for NAME.\n")),
		whoisKind("whois-unavailable", "\"Domain not available\", of a reserved name", say("Domain not available\n")),
		whoisKind("whois-reserved", "a no whose next line says that the name is reserved", say("No match for \"NAME\".\nThis name is reserved by the registry.\n")),
		whoisKind("whois-premium", "\"PREMIUM NAME (No match for domain ...)\"", say("PREMIUM NAME (No match for domain NAME)\n")),
		whoisKind("whois-blocked", "a name that a block list withholds, \"not found\" in its words", say("Object not found.\nThe name NAME is blocked by a brand protection service.\n")),
		whoisKind("whois-auction", "a no whose next line speaks of an auction", say("The queried object NAME does not exist.\nAuction pending.\n")),
		whoisKind("whois-other-no", "the registry's no about another name, where it repeats the name", func(c *whoisCase) bool {
			other := c.notFound("another-" + c.name)
			return other != c.no() && c.send(lines(other))
		}),
		whoisKind("whois-other-record", "another name's record, where it has the name", func(c *whoisCase) bool {
			other := c.manner.record(c.world.madeUp("another-" + c.name))
			return strings.Contains(strings.ToLower(other), "another-") && c.send(lines(other))
		}),
		whoisKind("whois-two-records", "another name's record behind a registered name's own", func(c *whoisCase) bool {
			own, registered := c.record()
			return registered && c.send(lines(own+"\n"+c.manner.record(c.world.madeUp("another-"+c.name))))
		}),
		whoisKind("whois-registrar-no", "a registrar's \"No match\" behind a registered name's record", func(c *whoisCase) bool {
			own, registered := c.record()
			return registered && c.say(own+"\n\nRegistrar WHOIS Server: whois.registrar.example\n\nNo match for \"NAME\".\n")
		}),
		whoisKind("whois-no-record", "a line that says \"not found\" before a registered name's record", func(c *whoisCase) bool {
			own, registered := c.record()
			return registered && c.say("The object in the cache was purged. (DOMAIN NOT FOUND)\n\n"+own)
		}),
		whoisKind("whois-refer-private", "a referral to another server on loopback, which says no", func(c *whoisCase) bool {
			return c.send("refer: " + c.hostility.stray + "\r\nWhois Server: " + c.hostility.stray + "\r\nRegistrar WHOIS Server: " + c.hostility.stray + "\r\n")
		}),
		whoisKind("whois-page", "the registry's no in a web page", func(c *whoisCase) bool {
			return c.send("<html><head><title>404 Not Found</title></head><body><pre>\r\n" + lines(c.no()) + "</pre></body></html>\r\n")
		}),
	}
}
