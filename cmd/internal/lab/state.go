package lab

import "strings"

// How DNS shows a name.
type dnsKind uint8

const (
	dnsAbsent    dnsKind = iota // NXDOMAIN
	dnsDelegated                // a zone cut: a referral
	dnsText                     // a TXT record in the registry's own zone and no cut: NODATA for NS
	dnsEmpty                    // an empty non-terminal: only names below it have records
)

// How RDAP shows a name that is not registered.
type noKind uint8

const (
	noPlain noKind = iota // the registry's usual 404, whatever the reason
	noSays                // an error whose text gives the reason
)

// state is everything a world knows about one name under a suffix.
type state struct {
	verdict string
	life    string
	dns     dnsKind
	no      noKind
	hash    uint64 // decides all further details: dates, registrar, name servers
	era     int    // of a registered name: see night.go
}

// The shares below are of registered names, in the order they are drawn; the
// rest is delegated and active.
var lives = []struct {
	share float64
	life  string
	dns   dnsKind
}{
	{0.010, lifeExpired, dnsDelegated},
	{0.025, lifeActive, dnsAbsent}, // registered, but no name servers were ever given
	{0.005, lifeActive, dnsText},
	{0.005, lifeActive, dnsEmpty},
	{0.015, lifeHold, dnsAbsent},
	{0.012, lifeRedemption, dnsAbsent},
	{0.008, lifePendingDelete, dnsAbsent},
}

// gibberish is the length, in characters, from which on labels are never
// registered, reserved or premium, whatever the density: those who want to know
// how a registry says no ask about a long random label, and it must be free here as it is everywhere.
const gibberish = 18

// Shares of names that nobody registered, where a registry has none of its own.
const (
	shareReserved = 0.02
	sharePremium  = 0.02
)

// Salts of the independent draws about one name.
const (
	saltRegistered uint64 = iota + 1
	saltLife
	saltWithheld
	_
	saltServers
	saltCreated
	saltExpiry
	saltRegistrar
	saltAddress
	saltHow
)

// state returns what is true of name tonight, canonical and one label below s.
func (w *World) state(name []byte, s *suffix) state {
	label := name[:len(name)-len(s.name)-1]
	h := sip(w.key, name)
	if st, ok := w.byLabel(label, s); ok {
		st.hash = h
		return st
	}
	if s.registry.closed {
		return w.owned(h, len(label))
	}
	if len(label) >= gibberish {
		return state{verdict: verdictAvailable, hash: h}
	}
	if night := int(w.night.Load()); night > 0 {
		return w.later(h, night, s.registry)
	}
	return w.first(h, s.registry)
}

// first returns the state in night 0 of the name with hash h.
func (w *World) first(h uint64, r *registry) state {
	if draw(h, saltRegistered) < w.density {
		return w.registered(h)
	}
	return w.unregistered(h, r)
}

// shareOwned is the share of names that a brand holds under its own TLD.
const shareOwned = 0.05

// owned returns the state of a name in a closed TLD: one of the brand's own,
// delegated, or one for nobody; long random labels are for nobody.
func (w *World) owned(h uint64, chars int) state {
	if chars < gibberish && draw(h, saltRegistered) < shareOwned {
		return state{verdict: verdictRegistered, life: lifeActive, dns: dnsDelegated, hash: h}
	}
	return state{verdict: verdictReserved, no: noPlain, hash: h}
}

func (w *World) registered(h uint64) state {
	u := draw(h, saltLife)
	for _, l := range lives {
		if u -= l.share * w.danger; u < 0 {
			return state{verdict: verdictRegistered, life: l.life, dns: l.dns, hash: h}
		}
	}
	return state{verdict: verdictRegistered, life: lifeActive, dns: dnsDelegated, hash: h}
}

func (w *World) unregistered(h uint64, r *registry) state {
	st := state{verdict: verdictAvailable, hash: h}
	u := draw(h, saltWithheld) / w.danger
	switch reserved, premium := r.shares(); {
	case u < reserved:
		st.verdict, st.no = verdictReserved, noSays
	case u < reserved+premium:
		st.verdict, st.no = verdictPremium, noSays
	}
	return st
}

// byLabel decides for the labels that are no matter of chance.
func (w *World) byLabel(label []byte, s *suffix) (state, bool) {
	withheld := state{verdict: verdictReserved, no: noSays}
	switch {
	case s.newGTLD:
		withheld.no = noPlain // the trap: only a withheld list or another source tells
	case s.registry.plain:
		withheld = state{verdict: verdictRegistered, life: lifeActive}
	}
	switch string(label) {
	case "nic", "hosting": // the registry's own site; the name servers of everybody
		return state{verdict: verdictRegistered, life: lifeActive, dns: dnsDelegated}, true
	case "dns": // above the TLD's own name servers
		withheld.dns = dnsEmpty
		return withheld, true
	case "whois", "www", "rdds", "example":
		return withheld, true
	}
	coded := len(label) >= 4 && label[2] == '-' && label[3] == '-'
	if coded && (!s.registry.idn || string(label[:2]) != "xn") { // no IDN is sold here, and the rest is not to be had (RFC 5890)
		return state{verdict: verdictReserved, no: noPlain}, true
	}
	if s.newGTLD && (len(label) <= 2 || w.reserved[string(label)]) {
		return withheld, true
	}
	return state{}, false
}

const legacyGTLDs = " com net org info biz name pro mobi aero asia cat coop jobs museum post tel travel xxx edu gov int mil arpa "

// isNewGTLD reports whether a TLD is bound by the registry agreement of 2012 and later. IDN TLDs,
// gTLDs and countries' alike, do not count.
func isNewGTLD(tld string) bool {
	return len(tld) != 2 && !strings.HasPrefix(tld, "xn--") && !strings.Contains(legacyGTLDs, " "+tld+" ")
}

// googleTLDs never had a WHOIS server.
const googleTLDs = " dev app page new day zip mov how soy foo dad phd prof esq ing meme rsvp boo channel google nexus "

func hasWHOIS(tld string) bool { return !strings.Contains(googleTLDs, " "+tld+" ") }
