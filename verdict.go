package vacant

// Verdict is what is proven about a name. The zero value is undetermined, so
// that nothing forgotten, failed or half decoded can read as available.
type Verdict uint8

// The verdicts, as product documents and the store know them.
const (
	Undetermined Verdict = iota // everything else, with a Reason
	Available                   // proven NXDOMAIN and a registry's no and good controls and nothing withholds it
	Registered                  // delegated, or the registry returned the record of this very name
	Reserved                    // the registry says reserved, blocked or restricted, or the TLD is closed
	Premium                     // the registry says free at a premium price
)

var verdictWords = [...]string{"undetermined", "available", "registered", "reserved", "premium"}

func (v Verdict) String() string {
	if int(v) < len(verdictWords) {
		return verdictWords[v]
	}
	return verdictWords[Undetermined]
}

// ParseVerdict is the inverse of [Verdict.String]; ok is false for any other word.
func ParseVerdict(word string) (v Verdict, ok bool) {
	for i, w := range verdictWords {
		if w == word {
			return Verdict(i), true
		}
	}
	return Undetermined, false
}

// Lifecycle is where a registered name stands (RFC 5731, RFC 3915).
type Lifecycle string

// The lifecycles; the empty one is "not known".
const (
	Active        Lifecycle = "active"
	Hold          Lifecycle = "hold"
	Expired       Lifecycle = "expired"
	Redemption    Lifecycle = "redemption"
	PendingDelete Lifecycle = "pending-delete"
)

// Reason says why a result is undetermined (or, for closed-tld, reserved). The
// words are an API: new ones may be added, none renamed.
type Reason string

// The reasons.
const (
	ReasonNone             Reason = ""
	ReasonDNSTimeout       Reason = "dns-timeout"
	ReasonDNSServfail      Reason = "dns-servfail"
	ReasonDNSRefused       Reason = "dns-refused"
	ReasonDNSError         Reason = "dns-error"         // no server could be asked, or answers that make no sense
	ReasonDNSUnproven      Reason = "dns-unproven"      // the registry says no, but there is no proven NXDOMAIN at most 24 h old
	ReasonNoRegistry       Reason = "no-registry"       // the suffix has no registry service that could confirm
	ReasonPort43Blocked    Reason = "port43-blocked"    // WHOIS and DAS cannot be reached from here at all
	ReasonRateLimited      Reason = "rate-limited"      // the registry asked us to slow down
	ReasonLockedOut        Reason = "locked-out"        // ... for longer than this run will wait
	ReasonControlFailed    Reason = "control-failed"    // the endpoint answered a control wrongly
	ReasonControlPending   Reason = "control-pending"   // the closing control is still to come
	ReasonTemplateLearning Reason = "template-learning" // this WHOIS server's "not found" is not yet known
	ReasonSourceConflict   Reason = "source-conflict"   // two sources disagree
	ReasonLikelyReserved   Reason = "likely-reserved"   // a label that registries commonly withhold
	ReasonIDNTable         Reason = "idn-table"         // an IDN in a suffix whose tables are not known
	ReasonBadReply         Reason = "bad-reply"         // an answer that proves nothing either way
	ReasonUnreachable      Reason = "unreachable"       // the registry's server did not answer
	ReasonClosedTLD        Reason = "closed-tld"        // a brand's or closed TLD: reserved
)
