package vacant

import "time"

// Kind is the protocol a question was asked over.
type Kind string

// The kinds of questions.
const (
	KindDNS   Kind = "dns"
	KindRDAP  Kind = "rdap"
	KindWHOIS Kind = "whois"
	KindDAS   Kind = "das"
)

// Evidence is one question asked and what came back: of whom, when, and how it
// was read. Text in it comes from the network and is escaped by whoever shows it.
type Evidence struct {
	At      time.Time `json:"at"`
	Kind    Kind      `json:"kind"`
	Control string    `json:"control,omitempty"` // "registered" or "free" for a control, "" for the name itself
	Asked   string    `json:"asked"`             // the name or URL asked
	Server  string    `json:"server"`            // host or address asked
	Code    string    `json:"code,omitempty"`    // rcode, HTTP status or DAS code as text
	Says    string    `json:"says"`              // how it was read: available, registered, reserved, premium, undetermined, or a DNS status
	Reason  Reason    `json:"reason,omitempty"`
	Excerpt string    `json:"excerpt,omitempty"` // the deciding line, at most 200 octets
	Via     string    `json:"via,omitempty"`     // authority, resolver, proxy or denial (a range of the zone's, not a query), for DNS
}

// MaxExcerpt bounds [Evidence.Excerpt], in octets.
const MaxExcerpt = 200
