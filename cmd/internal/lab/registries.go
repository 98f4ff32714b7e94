package lab

// registry is how the registry of a TLD sells and shows its names. The zero
// value but for its manners is one whose TLD is open, under which two in a hundred free
// names are withheld and as many have a price, and whose zone has NXDOMAIN.
type registry struct {
	closed   bool // a brand's: what it does not hold itself is for nobody
	wildcard bool // its zone answers about every name
	idn      bool // it sells IDNs
	plain    bool // it keeps nothing back in its replies: what others withhold by label is registered here

	// Of the names that nobody registered, the shares that it keeps back and
	// that it sells at a price of their own; below 0 is none, 0 is the default.
	reserved, premium float64

	rdap *rdapManner  // nil = it has no RDAP
	port []portManner // its WHOIS and DAS servers, in the order in which they are to be asked
}

// rdapManner is how a registry answers over RDAP.
type rdapManner struct {
	unlisted bool // its base is not in IANA's bootstrap file
	second   bool // ... and counts only with a second source that agrees
	// notFound is the answer about a name that is not registered, withheld the one
	// about a name that the registry keeps back or prices. withheld nil is notFound.
	notFound func(name string) rdapAnswer
	withheld func(name string, st state) rdapAnswer
}

// portManner is how one server of a registry answers over a plain connection.
type portManner struct {
	speaks string // the real server whose ways it has; "" = the lab's own
	teller Teller // TellerWHOIS or TellerDAS
	// query takes the name out of a line, false if the server does not
	// understand it; nil = the last word, whatever stands before.
	query func(line string) (name string, ok bool)
	bad   string // what it says to a line that it does not understand
	limit string // ... and to who asks too much
	// The replies about a free name, a registered one, and one that the registry
	// keeps back or prices. withheld nil is free.
	free     func(name string) string
	record   func(rec record) string
	withheld func(name string, st state) string
	http     bool // it is asked over HTTP, see dashttp.go
	refuses  bool // it says bad to everybody, whatever is asked
}

// parse takes the name out of a line; false if the server answers nothing about it.
func (m *portManner) parse(line string) (name string, ok bool) {
	if m.query == nil {
		return queryName(line), !m.refuses
	}
	return m.query(line)
}

// imitated are the TLDs that the lab shows as their registries do, as far as
// that is public; all others have the manners of one of two families.
var imitated = map[string]*registry{
	"com": {plain: true, idn: true, reserved: -1, premium: -1,
		rdap: &rdapManner{notFound: emptyNotFound}, port: []portManner{verisignWHOIS("whois.verisign-grs.com")}},
	"dev": {reserved: 0.04, premium: -1,
		rdap: &rdapManner{notFound: googleNotFound, withheld: blockedByBSA}},
	"google": {closed: true,
		rdap: &rdapManner{notFound: googleNotFound}},
	"io": {
		rdap: &rdapManner{unlisted: true, second: true, notFound: identityNotFound}, port: []portManner{identityWHOIS("whois.nic.io")}},
	"de": {plain: true, reserved: -1, premium: -1, idn: true,
		rdap: &rdapManner{unlisted: true, notFound: denicNotFound}, port: []portManner{denicWHOIS}},
	"uk": {premium: -1,
		rdap: &rdapManner{notFound: nominetNotFound, withheld: nominetRefused}, port: []portManner{nominetWHOIS}},
	"se": {plain: true, reserved: -1, premium: -1, idn: true, port: []portManner{iisWHOIS("se"), iisDAS}},
	"nu": {plain: true, reserved: -1, premium: -1, idn: true, port: []portManner{iisWHOIS("nu"), iisDAS}},
	"eu": {premium: -1, idn: true, port: []portManner{euridDAS, euridWHOIS}},
	"be": {plain: true, reserved: -1, premium: -1, idn: true, port: []portManner{belgiumDAS}},
	"lt": {premium: -1, idn: true, port: []portManner{domregDAS}},
	"ch": {plain: true, reserved: -1, premium: -1, idn: true, port: []portManner{switchDAS, switchWHOIS}},
	"li": {plain: true, reserved: -1, premium: -1, idn: true, port: []portManner{switchDAS, switchWHOIS}},
	"nl": {plain: true, reserved: -1, premium: -1,
		rdap: &rdapManner{notFound: plainNotFound}, port: []portManner{sidnDAS}},
	"ws": {plain: true, idn: true, reserved: -1, premium: -1, wildcard: true, port: []portManner{websiteWHOIS}},
	"es": {plain: true, reserved: -1, premium: -1, idn: true},
}

// registryOf returns the registry of a TLD, made up where it is not imitated.
func registryOf(tld string) *registry {
	if r := imitated[tld]; r != nil {
		return r
	}
	r := &registry{rdap: &rdapManner{notFound: plainNotFound, withheld: saysWithheld}}
	if verisignLike(tld) {
		r.rdap.notFound = emptyNotFound
	}
	if hasWHOIS(tld) {
		r.port = []portManner{plainWHOIS(tld)}
	}
	return r
}

// shares returns the shares of names that nobody registered which are withheld
// and which are premium.
func (r *registry) shares() (reserved, premium float64) {
	return shareOr(r.reserved, shareReserved), shareOr(r.premium, sharePremium)
}

func shareOr(given, otherwise float64) float64 {
	if given == 0 {
		return otherwise
	}
	return max(given, 0)
}
