package dnsstage

import "time"

// bucket is a hard limit: in no window of one second does it let through more
// than its limit. Tokens arrive at a little less than that, so that what was
// saved up and what arrives within the second are together at most the limit,
// and 2 % stay for the jitter between our clock and the wire.
type bucket struct {
	rate, burst float64 // tokens/s and tokens; rate 0 = no limit
	tokens      float64
	at          time.Duration
}

// burstShare of a second's limit may leave at once: what 10 ms bring.
const burstShare = 0.01

func (b *bucket) limit(perSecond float64) {
	if perSecond <= 0 {
		*b = bucket{at: b.at}
		return
	}
	fresh := b.rate == 0
	b.burst = max(1, perSecond*burstShare)
	b.rate = perSecond*0.98 - (b.burst - 1)
	if b.tokens = min(b.tokens, b.burst); fresh {
		b.tokens = 1
	}
}

// room returns how many may leave now; at least maxRoom without a limit.
func (b *bucket) room(now time.Duration) int {
	if b.rate == 0 {
		return maxRoom
	}
	if now > b.at {
		b.tokens = min(b.burst, b.tokens+b.rate*(now-b.at).Seconds())
		b.at = now
	}
	return int(b.tokens)
}

func (b *bucket) take(n int) {
	if b.rate != 0 {
		b.tokens -= float64(n)
	}
}

const maxRoom = 1 << 20

// pace is how fast one server is asked: a rate under a ceiling where politeness
// is owed, and everywhere a window of queries in flight. Both grow while all is
// well and shrink by a share when replies fail to come or are refusals.
type pace struct {
	ceiling float64 // queries/s; 0 = none
	rate    float64 // queries/s now; 0 = none
	bucket  bucket

	window, maxWindow float64 // queries in flight
	flying            int

	srtt, rttvar, minRTT time.Duration

	pressed bool          // the limit was reached since growAt: only then may it grow
	growAt  time.Duration // end of the last short epoch

	// A long epoch: how queries ended since lossAt. It is longer than a query
	// waits, for what is lost ends later than what is answered.
	lossAt     time.Duration
	good, lost int
	baseline   float64 // share lost whatever the pace: the line's own loss, not our doing
	before     float64 // share lost in the epoch that made it shrink, 0 = it did not
}

const (
	startRate   = 50                     // queries/s to a server that nothing is known of
	floorRate   = 5                      // queries/s under which no server is pressed
	startWindow = 256                    // in flight: about what a default socket buffer of 208 KiB holds
	floorWindow = 16                     //
	epochLocal  = 20 * time.Millisecond  // shortest epoch without a ceiling
	epochPolite = 250 * time.Millisecond // shortest epoch with one
	lossEpoch   = 2 * minRTO             // shortest long epoch
	lossSample  = 30                     // queries that must have ended for a share to mean anything
	shrinkBy    = 0.7                    //
	hopeless    = 0.8                    // share lost from which a server is down, not lossy
	slackDelay  = 5 * time.Millisecond   // queueing below this is not yet a reason to stop growing
	minRTO      = 250 * time.Millisecond
	firstRTO    = time.Second // before the first sample (RFC 6298)
)

func newPace(ceiling, start float64, maxWindow int) pace {
	p := pace{ceiling: ceiling, rate: min(ceiling, start), maxWindow: float64(max(maxWindow, 1))}
	p.window = min(startWindow, p.maxWindow)
	p.bucket.limit(p.rate)
	return p
}

// room returns how many queries may leave now.
func (p *pace) room(now time.Duration) int {
	n := min(int(p.window)-p.flying, p.bucket.room(now))
	if n <= 0 {
		p.pressed = true
		return 0
	}
	return n
}

func (p *pace) take(n int) {
	p.bucket.take(n)
	p.flying += n
}

// refund takes back queries that did not leave.
func (p *pace) refund(n int) {
	p.bucket.take(-n)
	p.flying -= n
}

// ended counts a query that has ended, well or not.
func (p *pace) ended(now time.Duration, rtt time.Duration, well bool) {
	p.flying--
	if well {
		p.good++
		p.sample(rtt)
	} else {
		p.lost++
	}
	if now-p.lossAt >= lossEpoch && p.good+p.lost >= lossSample {
		p.judgeLoss(now)
	}
	if p.pressed && now-p.growAt >= p.epoch() {
		p.grow()
		p.growAt, p.pressed = now, false
	}
}

func (p *pace) epoch() time.Duration {
	if p.ceiling > 0 {
		return max(epochPolite, 2*p.srtt)
	}
	return max(epochLocal, 2*p.srtt)
}

// sample updates the round-trip estimates (RFC 6298).
func (p *pace) sample(rtt time.Duration) {
	if p.srtt == 0 {
		p.srtt, p.rttvar, p.minRTT = max(rtt, 1), rtt/2, rtt
		return
	}
	p.minRTT = min(p.minRTT, rtt)
	p.rttvar += ((p.srtt - rtt).Abs() - p.rttvar) / 4
	p.srtt += (rtt - p.srtt) / 8
}

// rto is how long an answer is waited for on the given asking, at most limit.
func (p *pace) rto(asking uint8, limit time.Duration) time.Duration {
	d := firstRTO
	if p.srtt > 0 {
		d = max(minRTO, p.srtt+4*p.rttvar)
	}
	return min(d<<min(asking, 4), limit)
}

// judgeLoss closes a long epoch. More loss than the line's own makes the pace
// shrink; where that does not help, the loss is the line's own and the pace is
// given back: the answers per second are what counts.
func (p *pace) judgeLoss(now time.Duration) {
	loss := float64(p.lost) / float64(p.good+p.lost)
	switch {
	case loss <= 1.5*p.baseline+p.tolerance():
		p.baseline += (loss - p.baseline) / 8
		p.before = 0
	case p.before > 0 && loss > 0.7*p.before && loss < hopeless:
		p.baseline, p.before = loss, 0
		p.scale(1 / shrinkBy)
	default:
		p.before = loss
		p.scale(shrinkBy)
	}
	p.lossAt, p.good, p.lost = now, 0, 0
}

// scale changes window and rate by a factor, within their bounds.
func (p *pace) scale(by float64) {
	p.window = min(p.maxWindow, max(floorWindow, p.window*by))
	if p.ceiling > 0 {
		p.rate = min(p.ceiling, max(floorRate, p.rate*by))
		p.bucket.limit(p.rate)
	}
}

// tolerance is the share of loss above the line's own that is put down to
// chance. A server asked as fast as it goes loses a query only when a buffer is full.
func (p *pace) tolerance() float64 {
	if p.ceiling > 0 {
		return 0.05
	}
	return 0.005
}

// grow searches upwards: the rate by a twentieth of its ceiling, the window
// only while queries do not merely queue longer for the same answers.
func (p *pace) grow() {
	if p.before > 0 {
		return // an epoch after shrinking, to see whether it helped
	}
	if p.ceiling > 0 {
		p.rate = min(p.ceiling, p.rate+p.ceiling/20)
		p.bucket.limit(p.rate)
	}
	if p.srtt-p.minRTT < max(slackDelay, p.minRTT/2) {
		p.window = min(p.maxWindow, p.window*1.25)
	}
}
