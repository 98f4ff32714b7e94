package pipeline

import (
	"time"

	"vacant"
	"vacant/dnsstage"
	"vacant/rdapstage"
)

// Why a run ended.
const (
	EndDone     = "done"
	EndSignal   = "signal"
	EndDeadline = "deadline"
	EndLimit    = "limit"
	EndProxies  = "proxies" // every proxy is dead
	EndFailed   = "failed"
)

// DNSStats are stage one's counters, for those who show them.
type DNSStats = dnsstage.Stats

// ServerStats are those of one DNS server.
type ServerStats = dnsstage.ServerStats

// Summary is what a finished hunt, or a run of stage one alone, says of itself.
type Summary struct {
	RunID      string // "" of stage one alone, as World
	World      string
	Started    time.Time
	Elapsed    time.Duration
	End        string // EndDone, ...
	Counts     vacant.Counts
	NoRegistry uint64 // of the undetermined: their suffix has no registry service
	Shown      int    // available names given to Emit
	Via        dnsstage.Via
	DNS        dnsstage.Stats
	RDAP       rdapstage.Stats
}

// Progress is a hunt as it runs.
type Progress struct {
	Counts     vacant.Counts
	Total      uint64 // candidates of the space, or as many as lists seem to hold; 0 = not known
	TotalExact bool
	Elapsed    time.Duration
	DNS        dnsstage.Stats
	RDAP       rdapstage.Stats
}

func (h *Hunt) summary(end string) Summary {
	counts := h.counts(h.gen.Counts())
	return Summary{
		RunID: h.id, World: h.cfg.World, Started: h.started, Elapsed: h.cfg.Now().Sub(h.started), End: end,
		Counts: counts, NoRegistry: h.noRegistry, Shown: h.hits, Via: h.via,
		DNS: h.dns.Stats(), RDAP: h.rdap.Stats(),
	}
}

// Progress may be called from any goroutine between Open and Close.
func (h *Hunt) Progress() Progress {
	total, exact := h.gen.Count()
	if h.gen.HasLists() {
		total, exact = h.gen.Estimate(), false
	}
	c := h.counts(h.gen.Counts())
	c.Waiting = c.Carried + c.Queued - c.Available - c.Registered - c.Reserved - c.Premium - c.Undetermined
	return Progress{Counts: c, Total: total, TotalExact: exact, Elapsed: h.cfg.Now().Sub(h.started), DNS: h.dns.Stats(), RDAP: h.rdap.Stats()}
}
