package rdapstage

import (
	"slices"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// job is one name on its way through the sources of its suffix.
type job struct {
	inq      vacant.Inquiry
	plan     *plan
	withheld vacant.Reason
	step     int       // the source that is asked now, in plan.lanes
	tries    int       // failed attempts at that source
	odd      *lane     // the source that answered nonsense about it
	limits   int       // ... and limits instead of answers
	first    *answer   // the no of a source on watch, when it is asked a second time
	answers  []*answer // one for each source asked
	evidence []vacant.Evidence
	open     int // answers that wait for their closing control
	done     bool
}

// answer is what one source said of one name.
type answer struct {
	reading.Reading
	lane      *lane
	job       *job
	ev        vacant.Evidence
	sent, got int64 // the stage's clock of events, immune to the wall clock
	conn      *conn // it came over, nil where each question has its own
	before    *mark // the good control that was known when the question left
	after     *mark // the first good one that was asked after the answer came
	proven    bool  // by that and all the others it takes
	retry     time.Time
}

// mark is a registered control that held, or any record that served as one.
type mark struct {
	sent, got int64
	count     int // names the lane had answered when it was sent
	at        time.Time
	ev        vacant.Evidence
	control   bool   // it was a control
	masked    string // ... of a WHOIS server: its text, without name and dates
}

// fifo is a queue of jobs that takes one back at its front.
type fifo struct {
	items []*job
	head  int
}

func (f *fifo) len() int { return len(f.items) - f.head }

func (f *fifo) push(j *job) { f.items = append(f.items, j) }

func (f *fifo) pushFront(j *job) {
	if f.head == 0 {
		f.items = slices.Insert(f.items, 0, j)
		return
	}
	f.head--
	f.items[f.head] = j
}

func (f *fifo) pop() *job {
	j := f.items[f.head]
	f.items[f.head] = nil
	f.head++
	if f.head == len(f.items) {
		f.items, f.head = f.items[:0], 0
	}
	if f.head >= 1024 && 2*f.head >= len(f.items) {
		f.items, f.head = slices.Clone(f.items[f.head:]), 0
	}
	return j
}

// drain empties the queue.
func (f *fifo) drain() []*job {
	jobs := f.items[f.head:]
	*f = fifo{}
	return jobs
}
