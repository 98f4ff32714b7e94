package wiretest

import (
	"bytes"
	"testing"
	"time"

	"vacant/dnsstage/wire"
)

// Exchange sends one query and returns its end, with copies of its views.
func Exchange(tb testing.TB, tr wire.Transport, q wire.Query) wire.Reply {
	tb.Helper()
	all := Run(tb, tr, []wire.Query{q})
	return all[q.Token]
}

// atOnce is how many queries Run has in flight at most: what the socket buffer
// of a server that is slow to be scheduled holds.
const atOnce = 250

// Run sends all queries, as there is room, and returns their ends by token.
// It fails the test if one ends twice, or not in time.
func Run(tb testing.TB, tr wire.Transport, qs []wire.Query) map[uint64]wire.Reply {
	tb.Helper()
	ends, want := make(map[uint64]wire.Reply, len(qs)), len(qs)
	dst, quiet := make([]wire.Reply, 64), time.Now()
	for len(ends) < want {
		room := atOnce - (want - len(ends) - len(qs))
		n, err := tr.Submit(qs[:min(len(qs), room)])
		if err != nil {
			tb.Fatalf("Submit: %v", err)
		}
		qs = qs[n:]
		n, err = tr.Poll(dst, 100*time.Millisecond)
		if err != nil {
			tb.Fatalf("Poll: %v", err)
		}
		for _, r := range dst[:n] {
			if _, twice := ends[r.Token]; twice {
				tb.Fatalf("query %d ended twice", r.Token)
			}
			ends[r.Token] = keep(r)
			quiet = time.Now()
		}
		if time.Since(quiet) > 2*patient {
			tb.Fatalf("%d of %d queries ended, then none for %v", len(ends), want, 2*patient)
		}
	}
	return ends
}

// keep gives a reply views of its own.
func keep(r wire.Reply) wire.Reply {
	r.Raw, r.NSOwner, r.SOAOwner = bytes.Clone(r.Raw), bytes.Clone(r.NSOwner), bytes.Clone(r.SOAOwner)
	return r
}
