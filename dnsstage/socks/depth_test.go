package socks

import (
	"testing"
	"time"
)

func TestDepthDoublesWithEachFullPipeline(t *testing.T) {
	d, c := newDepth(32, false), &conn{base: time.Millisecond}
	if n := d.grant(c, 0); n != 2 {
		t.Fatalf("the first connection may try %d", n)
	}
	if n := d.grant(&conn{}, 0); n != 1 {
		t.Errorf("a second one may carry %d while the first tries", n)
	}
	want := 2
	for _, next := range []int{4, 8, 16, 32, 32} {
		d.answered(c, want-1, want-1, time.Millisecond)
		d.answered(c, want, want, time.Millisecond)
		if want = next; d.grant(c, 0) != want {
			t.Errorf("%d, want %d", d.grant(c, 0), want)
		}
	}
	if n := d.grant(&conn{}, 0); n != 32 {
		t.Errorf("another connection may carry %d", n)
	}
}

func TestDepthStopsWhereQueriesOnlyQueue(t *testing.T) {
	d, c := newDepth(32, false), &conn{}
	d.grant(c, 0)
	d.answered(c, 1, 1, 100*time.Millisecond)
	for n := 2; n <= 32; n++ { // a server that takes 100 ms for each, one after the other
		d.answered(c, n, n, time.Duration(n)*100*time.Millisecond)
	}
	if n := d.grant(c, 0); n > 4 {
		t.Errorf("%d at once although each waits for the one before", n)
	}
}

func TestDepthAfterFailures(t *testing.T) {
	const at = time.Hour
	grown := func(d *depth, c *conn) {
		c.base = time.Millisecond
		for n := 2; n <= 32; n *= 2 {
			d.grant(c, at)
			d.answered(c, n, n, time.Millisecond)
		}
	}
	tests := []struct {
		name   string
		fail   func(d *depth, c *conn)
		grown  bool
		now    int
		trials map[time.Duration]int // what a connection may carry so much later
	}{
		{"closed at the first try", func(d *depth, c *conn) { d.grant(c, at); d.closed(c, at) }, false, 1,
			map[time.Duration]int{59 * time.Second: 1, time.Minute: 2}},
		{"silent at the first try", func(d *depth, c *conn) { d.grant(c, at); d.timedOut(c, 2, at) }, false, 1,
			map[time.Duration]int{999 * time.Millisecond: 1, time.Second: 2}},
		{"closed after a pipeline's worth", func(d *depth, _ *conn) { d.closed(&conn{piped: 32}, at) }, true, 32, nil},
		{"closed after two of a pipeline", func(d *depth, _ *conn) { d.closed(&conn{piped: 2}, at) }, true, 3,
			map[time.Duration]int{time.Second: 3}},
		{"closed before any", func(d *depth, _ *conn) { d.closed(&conn{}, at) }, true, 1,
			map[time.Duration]int{999 * time.Millisecond: 1, time.Second: 2}},
		{"a hundred connections closed at once", func(d *depth, _ *conn) {
			for range 100 {
				d.closed(&conn{}, at)
			}
		}, true, 1, map[time.Duration]int{time.Second: 2}},
		{"a few slow names", func(d *depth, c *conn) {
			for range missedLimit - 1 {
				d.timedOut(c, 5, at)
			}
		}, true, 32, nil},
		{"nothing but silence", func(d *depth, c *conn) {
			for range 32 {
				d.timedOut(c, 5, at)
			}
		}, true, 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, c := newDepth(32, false), &conn{}
			if tt.grown {
				grown(&d, c)
			}
			tt.fail(&d, c)
			if d.now != tt.now {
				t.Errorf("depth %d, want %d", d.now, tt.now)
			}
			for later, want := range tt.trials {
				after := d
				if n := after.grant(&conn{}, at+later); n != want {
					t.Errorf("%v later a connection may carry %d, want %d", later, n, want)
				}
			}
		})
	}
}

func TestDepthHoldsLongerWithEachFailure(t *testing.T) {
	d, at, c := newDepth(32, false), time.Duration(0), &conn{}
	for _, want := range []time.Duration{1, 2, 4, 8, 10, 10} {
		if d.grant(c, at) != 2 {
			t.Fatalf("at %v no trial is made", at)
		}
		d.closed(c, at)
		if got := d.until - at; got != want*time.Minute {
			t.Errorf("held for %v, want %d min", got, want)
		}
		at = d.until
	}
}

func TestATrialThatIsGoneIsMadeByAnother(t *testing.T) {
	d, first, second := newDepth(32, false), &conn{}, &conn{}
	d.grant(first, 0)
	d.gone(second)
	if d.grant(second, 0) != 1 {
		t.Error("two try at once")
	}
	d.gone(first)
	if d.grant(second, 0) != 2 {
		t.Error("nobody tries")
	}
}

// A resolver answers out of order: what it has at hand comes at once, whatever waits.
func TestDepthGrowsWhereQuickAnswersOvertakeSlowOnes(t *testing.T) {
	d, c := newDepth(32, false), &conn{base: 10 * time.Millisecond}
	d.grant(c, 0)
	d.answered(c, 2, 1, 10*time.Millisecond)
	if n := d.grant(&conn{}, 0); n != 1 {
		t.Fatalf("%d at once although the other query is not answered yet", n)
	}
	d.answered(c, 1, 2, 500*time.Millisecond)
	for _, place := range []int{2, 4, 8, 16} {
		d.answered(c, place, 1, 10*time.Millisecond)
	}
	if n := d.grant(c, 0); n != 32 {
		t.Errorf("%d at once", n)
	}
}

func TestAProxyThatClosesAConnectionProvesLittle(t *testing.T) {
	d, at := newDepth(32, true), time.Duration(0)
	for _, want := range []time.Duration{time.Second, time.Minute, 2 * time.Minute} {
		c := &conn{}
		d.grant(c, at)
		d.closed(c, at)
		if got := d.until - at; got != want {
			t.Errorf("held for %v, want %v", got, want)
		}
		at = d.until
	}
}
