package dnsstage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"vacant"
	"vacant/dnsstage/wire"
)

// loop is the one goroutine that owns all state of asking. Its fields are
// touched by nobody else, but for the mailbox and what is named atomic.
type loop struct {
	cfg       *Config
	udp       wire.Transport // nil when every query goes through proxies
	tcp       *swappable
	watch     proxyWatch
	finder    *finder
	resolvers []netip.AddrPort
	escalate  bool         // names that resolvers cannot tell may be put to the authority
	mode      atomic.Value // Via, settled by the preflight

	started time.Time
	now     time.Duration // since started, taken once a turn
	unix    uint32

	table    *table
	zones    map[string]*zone // by suffix
	beneath  map[string]*zone // authority zones behind the zones of resolvers
	work     []*zone          // zones with queued names
	spare    []*zone          // the list before the last rebuilding
	turn     int              // which of them comes first
	waiting  int              // new names that wait in them, as of the last sending, and those taken in since
	starving bool             // while others wait for their servers, a zone has run dry
	lastZone *zone
	servers  map[netip.AddrPort]*server
	order    []*server
	names    *vacant.Servers
	total    bucket
	delayed  [len(delays)]list

	flyingUDP, flyingTCP int
	dead                 error // set once: a transport has failed, nothing can be asked any more
	outUDP, outTCP       outbox
	more                 bool // the last sending stopped at the size of a burst
	replies              []wire.Reply
	aside                asideTable
	hosts                hostQueue
	controlling          int      // controls that run
	toControl            []func() // those that wait for them
	run                  *run
	singles              []*job // Ask's names that have no slot yet
	abandoned            int
	lastTick             time.Duration

	aliveAt time.Duration // the last reply of any kind
	failing int           // ends without a reply since then

	asked, answered, timedOut, failed, resent uint64
	byStatus                                  [vacant.StatusError + 1]uint64
	stats                                     atomic.Pointer[Stats]
	book                                      denialBook

	mailbox chan func()
	ctx     context.Context // of the goroutines the loop starts
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	ended   chan struct{}
	stop    bool
	timer   *time.Timer
	rng     *rand.Rand
}

// delays are how long a name waits before it is asked again of servers that
// have all just refused it. A constant delay per class keeps each list sorted.
var delays = [...]time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond}

const (
	mailboxSize = 256                    // posts that may wait; posters then wait themselves
	pollWait    = time.Millisecond       // the longest sleep while queries are in flight: what new work waits for at most
	tickEvery   = 100 * time.Millisecond // statistics, due controls, liveness
	pollBatch   = 512                    // replies taken at once
)

// errClosed is what asking gets from a stage that was closed.
var errClosed = errors.New("dnsstage: closed")

func newLoop(cfg *Config, udp wire.Transport, tcp *swappable, names *vacant.Servers, rng *rand.Rand) *loop {
	ctx, cancel := context.WithCancel(context.Background())
	l := &loop{
		cfg: cfg, udp: udp, tcp: tcp, names: names, rng: rng,
		started: time.Now(), table: newTable(tableSize),
		zones: make(map[string]*zone), beneath: make(map[string]*zone),
		servers: make(map[netip.AddrPort]*server),
		replies: make([]wire.Reply, pollBatch),
		aside:   newAsideTable(),
		book:    denialBook{spans: spanBudget{max: maxSpans}},
		mailbox: make(chan func(), mailboxSize),
		ctx:     ctx, cancel: cancel, ended: make(chan struct{}),
		timer: time.NewTimer(0),
	}
	for i := range l.delayed {
		l.delayed[i] = newList()
	}
	l.watch = proxyWatch{open: openProxies(cfg), urls: cfg.Proxies, holding: newList(), closing: newList()}
	l.total.limit(totalLimit(cfg))
	l.finder = newFinder(cfg, l.exchange, rng.Uint64())
	l.mode.Store(cfg.Via)
	l.publish()
	return l
}

// serve turns the loop until it is told to stop.
func (l *loop) serve() {
	defer close(l.ended)
	defer l.timer.Stop()
	for !l.stop {
		l.clock()
		l.readMail()
		if l.stop {
			return // nobody would wake it from sleep any more
		}
		l.intake()
		l.wakeDelayed()
		l.send()
		l.handOver()
		l.wait()
	}
}

func (l *loop) clock() {
	now := time.Now()
	l.now = now.Sub(l.started)
	if l.now-l.lastTick < tickEvery && l.lastTick > 0 {
		return
	}
	l.lastTick = l.now
	l.unix = uint32(l.cfg.Now().Unix())
	l.dueControls()
	l.dueProxies()
	l.checkAlive()
	l.lookForDry()
	l.publish()
}

func (l *loop) readMail() {
	for {
		select {
		case f := <-l.mailbox:
			f()
		default:
			return
		}
	}
}

// post has f run by the loop; from any goroutine but the loop's. Its error means
// that f will not run: ctx ended, or the loop did.
func (l *loop) post(ctx context.Context, f func()) error {
	select {
	case l.mailbox <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return errClosed
	}
}

// start runs f in a goroutine that ends with the loop.
func (l *loop) start(f func(ctx context.Context)) {
	l.tasks.Add(1)
	go func() {
		defer l.tasks.Done()
		f(l.ctx)
	}()
}

// close ends the loop and everything it started.
func (l *loop) close() {
	l.cancel()
	if l.post(context.Background(), func() { l.stop = true }) == nil {
		<-l.ended
	}
	l.tasks.Wait()
}

// wait sleeps until something can have happened.
func (l *loop) wait() {
	d := pollWait
	if l.more || l.book.settled != l.book.before {
		d = 0 // names that need no reply go on meanwhile
	}
	l.book.before = l.book.settled
	switch {
	case l.flyingUDP > 0 && l.flyingTCP > 0:
		l.poll(l.tcp, &l.flyingTCP, 0)
		l.poll(l.udp, &l.flyingUDP, d/2)
	case l.flyingUDP > 0:
		l.poll(l.udp, &l.flyingUDP, d)
	case l.flyingTCP > 0:
		l.poll(l.tcp, &l.flyingTCP, d)
	default:
		l.sleep()
	}
}

// sleep waits with nothing in flight: for mail, for work, for room in out, for the clock.
func (l *loop) sleep() {
	var in <-chan *vacant.Batch
	var out chan<- *vacant.Batch
	var stopped <-chan struct{}
	var done *vacant.Batch
	d := tickEvery
	if len(l.work) > 0 || len(l.aside.waiting) > 0 || l.hosts.queued() {
		d = pollWait
	} else if l.delaying() {
		d = 10 * time.Millisecond
	}
	if r := l.run; r != nil {
		stopped = r.stopped()
		in = r.intake()
		out, done = r.next()
	} else if d == tickEvery && l.table.free.n == len(l.table.tasks) {
		d = time.Hour // idle: no name is held or delayed, so only mail can wake it
	}
	l.timer.Reset(d)
	select {
	case f := <-l.mailbox:
		l.now = time.Since(l.started) // an idle loop may have slept for long
		f()
	case b, ok := <-in:
		l.accept(b, ok)
	case out <- done:
		l.run.sent()
	case <-stopped:
	case <-l.timer.C:
	}
	l.timer.Stop()
}

func (l *loop) delaying() bool {
	for i := range l.delayed {
		if l.delayed[i].n > 0 {
			return true
		}
	}
	return false
}

// poll takes what has ended at one transport.
func (l *loop) poll(t wire.Transport, flying *int, wait time.Duration) {
	n, err := t.Poll(l.replies, wait)
	if err != nil {
		l.broken(err)
		return
	}
	if n == 0 {
		return
	}
	l.now = time.Since(l.started)
	*flying -= n
	l.box(t != l.udp).room += n
	for i := range l.replies[:n] {
		l.reply(&l.replies[i])
	}
}

// broken ends everything that is being asked: a transport that failed will not be used again.
func (l *loop) broken(err error) {
	if l.dead != nil {
		return
	}
	l.dead = fmt.Errorf("transport failed: %w", err)
	l.cfg.Log.Error("transport failed", "err", err)
	if l.run != nil && !l.run.ended {
		l.abort(l.dead)
	}
	l.drop(func(t *task) bool {
		l.record(t.job, int(t.name), l.noWay())
		return true
	})
	l.failHosts(l.dead)
	for _, s := range l.order {
		l.neverEnded(s, s.pace.flight.n+s.pace.open)
		s.pace.flight, s.pace.open = flight{}, 0
	}
	l.flyingUDP, l.flyingTCP = 0, 0
}

// noWay is the answer where nobody can be asked.
func (l *loop) noWay() vacant.Answer {
	return vacant.Answer{At: l.unix, Status: vacant.StatusError, Rcode: vacant.RcodeNone}
}
