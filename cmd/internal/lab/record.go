package lab

import (
	"fmt"
	"slices"
	"time"
)

// record is what a registry tells about a registered name, by RDAP and WHOIS alike.
type record struct {
	name        string // lower case
	handle      string
	registrar   registrar
	created     time.Time
	changed     time.Time
	expires     time.Time
	rdapStatus  []string // RFC 8056
	eppStatus   []string // RFC 5731, RFC 3915
	nameservers []string
}

type registrar struct {
	name string
	id   int // of IANA
}

var registrars = []registrar{
	{"Harbour Names Ltd", 90001}, {"Nordlicht Domains GmbH", 90002}, {"Blue Kiosk Registrar, Inc.", 90003},
	{"Registraire du Canal SARL", 90004}, {"Sakura Host KK", 90005}, {"Plain Names LLC", 90006},
}

// The calendar is fixed, not relative to today, so that a world says the same
// every day: what is there in night 0 was created before 2025, what is registered
// in a later night on the day of that night; an active name expires after 2029.
const (
	firstYear, createdYears = 1998, 27
	expiryYear, expiryYears = 2030, 9
	pastYear                = 2025
)

// recordOf returns the record of a registered name.
func (w *World) recordOf(name string, s *suffix, st state) record {
	created := createdAt(st.hash)
	if st.era > 0 {
		created = w.createdIn(sip(w.key, []byte(name)), st.era)
	}
	year := max(expiryYear+int(draw(st.hash, saltExpiry)*expiryYears), created.Year()+1)
	switch st.life {
	case lifeExpired, lifeRedemption, lifePendingDelete:
		year = pastYear
	}
	rec := record{
		name: name, handle: fmt.Sprintf("%08X-LAB", uint32(st.hash)),
		registrar: registrars[int(draw(st.hash, saltRegistrar)*float64(len(registrars)))],
		created:   created, changed: created.AddDate(0, 1, 0),
		expires: time.Date(year, created.Month(), created.Day(), 9, int(st.hash%60), 0, 0, time.UTC),
	}
	rec.setStatus(st.life)
	if st.dns == dnsDelegated || st.life == lifeHold {
		rec.nameservers = serversOf(name, s, st)
	}
	return rec
}

// createdAt returns when a name was registered that was so before night 0.
func createdAt(h uint64) time.Time {
	day := int(draw(h, saltCreated) * 365)
	return time.Date(firstYear+int(unit(mix(h))*createdYears), 1, 1+day, 9, int(h%60), 0, 0, time.UTC)
}

// createdIn returns when the registration began that holds a name in an era.
func (w *World) createdIn(h uint64, era int) time.Time {
	night, ok := w.since(h, era)
	if !ok {
		return createdAt(h)
	}
	return date(night).Add(9*time.Hour + time.Duration(h%60)*time.Minute)
}

func (r *record) setStatus(life string) {
	switch life {
	case lifeHold:
		r.rdapStatus, r.eppStatus = []string{"client hold", "client transfer prohibited"}, []string{"clientHold", "clientTransferProhibited"}
	case lifeExpired:
		r.rdapStatus, r.eppStatus = []string{"auto renew period"}, []string{"autoRenewPeriod"}
	case lifeRedemption:
		r.rdapStatus, r.eppStatus = []string{"pending delete", "redemption period"}, []string{"pendingDelete", "redemptionPeriod"}
	case lifePendingDelete:
		r.rdapStatus, r.eppStatus = []string{"pending delete"}, []string{"pendingDelete"}
	default:
		r.rdapStatus, r.eppStatus = []string{"client transfer prohibited"}, []string{"clientTransferProhibited"}
	}
}

// deleted reports whether its holder has let the name go and nobody can have it yet.
func (r *record) deleted() bool { return slices.Contains(r.eppStatus, "pendingDelete") }

// onHold reports whether the name is kept out of DNS.
func (r *record) onHold() bool { return slices.Contains(r.eppStatus, "clientHold") }

// serversOf names the hosts of a name's referral.
func serversOf(name string, s *suffix, st state) []string {
	if ownServers(name, st.hash) {
		return []string{"ns1." + name, "ns2." + name}
	}
	return []string{"ns1.hosting." + s.name, "ns2.hosting." + s.name}
}

// ownServers reports whether a delegated name has name servers below itself.
func ownServers[T string | []byte](name T, hash uint64) bool {
	const shared = "hosting."
	return draw(hash, saltServers) < 0.25 || len(name) > len(shared) && string(name[:len(shared)]) == shared
}
