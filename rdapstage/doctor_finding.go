package rdapstage

import (
	"maps"
	"slices"
	"time"

	"vacant"
)

// Fault is what is wrong with an endpoint, as a word for programs.
type Fault string

// The faults.
const (
	FaultNone           Fault = ""
	FaultLookup         Fault = "lookup"          // its host name has no address
	FaultAddress        Fault = "address"         // ... or one that no registry can have
	FaultConnect        Fault = "connect"         // no connection
	FaultProxy          Fault = "proxy"           // ... to the proxy that is in force
	FaultTLS            Fault = "tls"             // no TLS, or a certificate that proves nothing
	FaultSilent         Fault = "silent"          // connected, and no whole answer in time
	FaultLimited        Fault = "limited"         // it asks us to slow down
	FaultLockedOut      Fault = "locked-out"      // ... and not to come back for long; by a question now or by an earlier run
	FaultQuota          Fault = "quota"           // its budget has no question left in the time there is
	FaultBroken         Fault = "broken"          // HTTP 403 or 5xx
	FaultUnreadable     Fault = "unreadable"      // what it says of a registered name says nothing
	FaultDenies         Fault = "denies"          // it denies names that DNS shows to be delegated
	FaultNoControl      Fault = "no-control"      // no name is known to be registered, so nothing can be told
	FaultFreeRegistered Fault = "free-registered" // a random label is registered, it says
	FaultFreeUnreadable Fault = "free-unreadable" // its answer about a random label is no "no" that we know
	FaultLearning       Fault = "learning"        // ... and might be learned
	FaultQuarantined    Fault = "quarantined"     // it answers as it should, but failed a control lately: no hunt asks it yet
	FaultUnasked        Fault = "unasked"         // time was up before its turn
)

// DetailStopped is the Detail of a [FaultUnasked] of an examination that was
// stopped, not out of time.
const DetailStopped = "stopped"

// reasons says how names end whose source has a fault, where that is not what
// the reply itself was read as.
var reasons = map[Fault]vacant.Reason{
	FaultLookup: vacant.ReasonUnreachable, FaultAddress: vacant.ReasonUnreachable, FaultConnect: vacant.ReasonUnreachable,
	FaultProxy: vacant.ReasonUnreachable, FaultTLS: vacant.ReasonUnreachable, FaultSilent: vacant.ReasonUnreachable,
	FaultLimited: vacant.ReasonRateLimited, FaultLockedOut: vacant.ReasonLockedOut, FaultQuota: vacant.ReasonRateLimited,
	FaultBroken: vacant.ReasonUnreachable, FaultDenies: vacant.ReasonControlFailed, FaultNoControl: vacant.ReasonControlPending,
	FaultFreeRegistered: vacant.ReasonControlFailed, FaultUnreadable: vacant.ReasonBadReply, FaultFreeUnreadable: vacant.ReasonBadReply,
	FaultLearning: vacant.ReasonTemplateLearning, FaultUnasked: vacant.ReasonControlPending,
	FaultQuarantined: vacant.ReasonControlFailed,
}

// Finding is what came of asking one endpoint about one suffix.
type Finding struct {
	Endpoint
	Fault  Fault
	Reason vacant.Reason // how names end there, ReasonNone when its word counts
	Detail string        // in the words of the server or the system; one line, not escaped
	Until  time.Time     // when it may be asked again, for limits; zero = not said

	Proxy    string            // host of the proxy in force, "" = none
	Address  string            // connected to: the server's, or the proxy's
	Connect  time.Duration     // how long the look-up, the connection and TLS took; 0 = not made anew
	Answer   time.Duration     // ... and the slowest answer, the connection included
	Expires  time.Time         // of its certificate; zero without TLS
	Skew     time.Duration     // its clock less ours, as far as its Date header says; see Dated
	Dated    bool              // it said what time it is
	Asked    int               // questions put to it
	Failed   int               // ... that brought nothing though another did
	Controls []vacant.Evidence // what was asked and said
	watched  bool
}

// Good reports whether a hunt could go by what this endpoint says.
func (f *Finding) Good() bool { return f.Fault == FaultNone }

// said is what the endpoint would say of a free name, as far as is known now.
func (f *Finding) said() said {
	s := said{kind: f.Kind, verdict: vacant.Undetermined, reason: f.Reason, weak: f.NeedsSecond, watched: f.watched}
	if f.Good() {
		s.verdict, s.reason = vacant.Available, vacant.ReasonNone
	}
	return s
}

// ClockSkew returns the middle of what the servers' clocks are ahead of ours, and
// how many of them said what time it is.
func ClockSkew(list []Finding) (skew time.Duration, servers int) {
	byAddress := make(map[string]time.Duration)
	for i := range list {
		if f := &list[i]; f.Dated {
			byAddress[f.Address] = f.Skew
		}
	}
	all := slices.Sorted(maps.Values(byAddress))
	if len(all) == 0 {
		return 0, 0
	}
	return all[len(all)/2], len(all)
}
