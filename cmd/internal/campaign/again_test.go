//go:build linux

package campaign

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// account holds what was asked again against what a kill may cost: what was in
// flight and what the last commit had not taken yet.
func (l *life) account() {
	losses := l.w.ledger.losses()
	for _, k := range l.killed {
		lost := losses[k.number]
		l.table.again(k, lost)
		if most := l.most(); lost.dns > most {
			l.t.Errorf("ASKED AGAIN: %d of %d names that a killed session asked DNS about, at most %d may be", lost.dns, k.seen.dns, most)
		}
		if lost.oldest > busy(batchTime) {
			l.t.Errorf("ASKED AGAIN: %d names that a killed session asked DNS about, the oldest of them %s before the kill", lost.dns, lost.oldest)
		}
		if most := l.mostRegistry(k.sink); lost.registry > most {
			l.t.Errorf("ASKED AGAIN: %d of %d names that a killed session asked registries about, at most %d may be (%s)",
				lost.registry, k.seen.registry, most, k.sink)
		}
	}
	for _, n := range l.paused {
		l.table.againAfterStop(losses[n])
		if losses[n].dns > l.inflight {
			l.t.Errorf("ASKED AGAIN: %d names of a stopped session with %d in flight", losses[n].dns, l.inflight)
		}
	}
}

// What may be asked again after a kill of DNS: what was in flight, and a batch. An
// answer is in the file within a second and the time of a commit, for which
// another one is allowed, and more on a machine that has more to do than it can.
const (
	batchNames = 50_000
	batchTime  = 2 * time.Second
)

func (l *life) most() int {
	if l.rate == 0 {
		return l.inflight + batchNames
	}
	return l.inflight + min(batchNames, int(float64(l.rate)*busy(batchTime).Seconds()))
}

// busy stretches a time by how many processes want each of the machine's processors.
func busy(d time.Duration) time.Duration {
	text, _ := os.ReadFile("/proc/loadavg")
	var load float64
	if _, err := fmt.Sscan(string(text), &load); err != nil {
		return d
	}
	return time.Duration(float64(d) * max(1, load/float64(runtime.NumCPU())))
}

// What may be asked again of registries: the names between two controls, 64 under
// each suffix, and those whose group was being committed, or waited for that. A
// commit may take its second. While nobody reads stdout no group is committed, and
// what stage two may hold by then is all there is to it.
const (
	betweenControls = 64
	commitTime      = time.Second
	settledAtOnce   = 2048
	groupsWaiting   = 34
	groupMost       = 256 + 2*betweenControls
)

func (l *life) mostRegistry(stdout sink) int {
	suffixes := len(l.w.tlds)
	held := settledAtOnce + groupsWaiting*groupMost
	if stdout == sinkReads {
		held = min(held, int(float64(suffixes*l.rdap)*busy(commitTime).Seconds()))
	}
	return suffixes*betweenControls + held
}
