package vacant

import "fmt"

// Counts is where every candidate of a run went. Two equations hold at the end
// of every run, whatever happened in it; [Counts.Balance] checks them.
type Counts struct {
	// generated = invalid + duplicate + known + delegated + undetermined(dns) + queued + unasked
	Generated       uint64 `json:"generated"`        // candidates that came out of the sources, bad lines among them
	Invalid         uint64 `json:"invalid"`          // lines that are no name that could be registered
	Duplicate       uint64 `json:"duplicate"`        // named before in this run
	Known           uint64 `json:"known"`            // the store holds a fresh answer, or has it queued
	Delegated       uint64 `json:"delegated"`        // registered, by DNS alone
	UndeterminedDNS uint64 `json:"undetermined_dns"` // DNS gave no answer
	Queued          uint64 `json:"queued"`           // went to stage two in this run
	Unasked         uint64 `json:"unasked"`          // in flight when the run was stopped

	// carried + queued = available + registered + reserved + premium + undetermined + waiting
	Carried      uint64 `json:"carried"` // waited for stage two from earlier runs
	Available    uint64 `json:"available"`
	Registered   uint64 `json:"registered"`
	Reserved     uint64 `json:"reserved"`
	Premium      uint64 `json:"premium"`
	Undetermined uint64 `json:"undetermined"`
	Waiting      uint64 `json:"waiting"` // left for the next run
}

// Count adds one result of stage two.
func (c *Counts) Count(v Verdict) {
	switch v {
	case Available:
		c.Available++
	case Registered:
		c.Registered++
	case Reserved:
		c.Reserved++
	case Premium:
		c.Premium++
	default:
		c.Undetermined++
	}
}

// Balance returns nil when both equations hold, else an error that shows the
// one that does not. Such an error is an invariant broken: exit 70.
func (c *Counts) Balance() error {
	if sum := c.Invalid + c.Duplicate + c.Known + c.Delegated + c.UndeterminedDNS + c.Queued + c.Unasked; sum != c.Generated {
		return fmt.Errorf("conservation broken: %s is off by %d", c.StageOne(), int64(c.Generated-sum))
	}
	if sum := c.Available + c.Registered + c.Reserved + c.Premium + c.Undetermined + c.Waiting; sum != c.Carried+c.Queued {
		return fmt.Errorf("conservation broken: %s is off by %d", c.StageTwo(), int64(c.Carried+c.Queued-sum))
	}
	return nil
}

// StageOne returns the first equation with its numbers.
func (c *Counts) StageOne() string {
	return fmt.Sprintf("generated %d = invalid %d + duplicate %d + known %d + delegated %d + undetermined(dns) %d + queued %d + unasked %d",
		c.Generated, c.Invalid, c.Duplicate, c.Known, c.Delegated, c.UndeterminedDNS, c.Queued, c.Unasked)
}

// StageTwo returns the second equation with its numbers.
func (c *Counts) StageTwo() string {
	return fmt.Sprintf("carried %d + queued %d = available %d + registered %d + reserved %d + premium %d + undetermined %d + waiting %d",
		c.Carried, c.Queued, c.Available, c.Registered, c.Reserved, c.Premium, c.Undetermined, c.Waiting)
}
