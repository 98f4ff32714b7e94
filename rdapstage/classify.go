package rdapstage

import (
	"time"

	"vacant"
)

// Reading is how one reply text reads, taken alone.
type Reading struct {
	Verdict          vacant.Verdict
	Reason           vacant.Reason
	Lifecycle        vacant.Lifecycle
	Matched          string // the line or field that decided
	Registrar        string
	Created, Expires time.Time
	Pause            time.Duration // a limit text's own waiting time, 0 if none
}

// ClassifyWHOIS reads a WHOIS or DAS reply from host about name ("" leaves out
// the check that it is about that name). trusted says that host was named by
// hand for this suffix.
func ClassifyWHOIS(host string, name vacant.Name, trusted bool, text []byte) Reading {
	return Reading{}
}
