package vacant

import "time"

// Status is what DNS says of a name. The zero value says nothing.
type Status uint8

// The statuses of stage one. [Status.String] gives the words of the line protocol.
const (
	StatusUnasked   Status = iota // not asked, or no answer awaited any more when the run stopped
	StatusDelegated               // a referral (or NS answer) owned by exactly this name: registered
	StatusNodata                  // the name exists and is not delegated
	StatusNXDomain                // proven: it passed the reply checker and carries the holding zone's SOA
	StatusServfail                // every server tried answered SERVFAIL or something as useless
	StatusRefused                 // every server tried answered REFUSED
	StatusTimeout                 // no answer within retries x timeout
	StatusError                   // no way to ask, or only answers that make no sense
)

var statusWords = [...]string{"unasked", "taken", "nodata", "nxdomain", "servfail", "refused", "timeout", "error"}

func (s Status) String() string {
	if int(s) < len(statusWords) {
		return statusWords[s]
	}
	return "error"
}

// ParseStatus is the inverse of [Status.String]; ok is false for any other word.
func ParseStatus(word string) (s Status, ok bool) {
	for i, w := range statusWords {
		if w == word {
			return Status(i), true
		}
	}
	return StatusUnasked, false
}

// ForStageTwo reports whether the registry is to be asked about a name of this status.
func (s Status) ForStageTwo() bool { return s == StatusNXDomain || s == StatusNodata }

// Settled reports whether DNS gave a final answer: no retry would add to it.
func (s Status) Settled() bool {
	return s == StatusDelegated || s == StatusNodata || s == StatusNXDomain
}

// Reason maps a status that settled nothing to the reason of its undetermined result.
func (s Status) Reason() Reason {
	switch s {
	case StatusServfail:
		return ReasonDNSServfail
	case StatusRefused:
		return ReasonDNSRefused
	case StatusTimeout:
		return ReasonDNSTimeout
	case StatusError:
		return ReasonDNSError
	}
	return ReasonNone
}

// Flags of an [Answer].
const (
	FlagWildcard  uint8 = 1 << iota // the zone has no NXDOMAIN: an authoritative NODATA stands in, two registry sources are needed
	FlagResolver                    // said by a recursive resolver, not by the zone's own server
	FlagResolved                    // the name also has an address or answer data ("re" of the line protocol)
	FlagSynthetic                   // derived from a cached denial (RFC 8198): never proof for available
	FlagProven                      // NXDOMAIN (or wildcard NODATA) that meets "proven NXDOMAIN": the only kind stage two may build on
)

// RcodeNone stands in an [Answer] for "no reply, so no rcode".
const RcodeNone uint8 = 255

// Answer is what stage one found for one name of a [Batch]. It holds no
// pointer, so a batch of them costs the garbage collector nothing.
type Answer struct {
	At     uint32 // Unix seconds at which the answer came, 0 = not asked
	RTT    uint16 // milliseconds from the last sending to the answer
	Server uint16 // index in the batch's [Servers], 0 = none
	Status Status
	Rcode  uint8 // DNS rcode (RFC 6895), RcodeNone without a reply
	Flags  uint8
}

// Time returns the moment of the answer, the zero time if there was none.
func (a Answer) Time() time.Time {
	if a.At == 0 {
		return time.Time{}
	}
	return time.Unix(int64(a.At), 0).UTC()
}

// Has reports whether all the flags are set.
func (a Answer) Has(flags uint8) bool { return a.Flags&flags == flags }
