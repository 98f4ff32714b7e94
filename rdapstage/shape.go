package rdapstage

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/reading"
)

// shape is how a WHOIS server says no, as its random labels were answered:
// the lines of it, each as a hash, without what differs from reply to reply.
// A shape is not changed once it is made.
type shape struct {
	Lines []uint64 `json:"lines"`
	Least int      `json:"least"` // lines of the shortest of the replies
	Odd   int      `json:"odd"`   // random labels in a row whose reply was new
}

// ownWay is how many random labels in a row must be answered in a new way until
// that is the server's way, and its replies are not compared.
const ownWay = 6

// maxShape bounds the lines of a shape: a banner may be one of several.
const maxShape = 256

// shapes are the two ways in which the lines of one reply may be taken: a label
// without its suffix may be the one that was asked about, or a word of the server.
type shapes struct {
	named, worded []uint64
	text          []string // to be shown
}

// shapesOf takes a reply about name apart. It returns nil for a name whose
// characters are written in several ways: what random labels are answered is no
// measure for its lines.
func shapesOf(text []byte, name vacant.Name) *shapes {
	if strings.HasPrefix(name.Label(), "xn--") {
		return nil
	}
	got := &shapes{}
	for line := range strings.Lines(strings.ToLower(reading.Decode(text))) {
		line = strings.TrimSpace(strings.ReplaceAll(line, string(name), "#"))
		if named := plainLine(line, name.Label()); named != "" {
			got.named = append(got.named, hashOf(named))
			got.worded = append(got.worded, hashOf(plainLine(line, "")))
			got.text = append(got.text, line)
		}
	}
	return got
}

// plainLine masks the words of a line that are the label, have a digit, or are of
// a date; a line without words is "".
func plainLine(line, label string) string {
	words, says := strings.Fields(line), false
	for i, w := range words {
		core := strings.Trim(w, `"'.,:;!()[]<>`)
		switch {
		case core == label && label != "":
			words[i], says = "@", true
		case strings.ContainsAny(w, "0123456789"):
			words[i] = "0"
		case slices.Contains(dateWords, core):
			words[i] = "~"
		default:
			says = says || strings.ContainsFunc(w, func(c rune) bool { return c == '#' || c >= 'a' })
		}
	}
	if !says {
		return ""
	}
	return strings.Join(words, " ")
}

// dateWords are words that change with the day.
var dateWords = strings.Fields("mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday am pm " +
	"jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october november december")

func hashOf(line string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(line))
	return h.Sum64()
}

// with returns the shape that also has the lines of another random label's reply.
func (h *shape) with(got *shapes) *shape {
	sum := &shape{Lines: slices.Clone(got.named), Least: len(got.named)}
	if h != nil && h.stranger(got) != "" {
		sum.Odd = h.Odd + 1
	}
	if h != nil && len(h.Lines)+len(sum.Lines) <= maxShape {
		sum.Lines, sum.Least = append(sum.Lines, h.Lines...), min(sum.Least, h.Least)
	}
	slices.Sort(sum.Lines)
	sum.Lines = slices.Compact(sum.Lines)
	return sum
}

// stranger returns a line of a reply that no random label was answered, or what
// is missing of it; "" if the reply has this shape.
func (h *shape) stranger(got *shapes) string {
	for i := range got.named {
		if !slices.Contains(h.Lines, got.named[i]) && !slices.Contains(h.Lines, got.worded[i]) {
			return got.text[i]
		}
	}
	if len(got.named) < h.Least {
		return "fewer lines"
	}
	return ""
}

// shapedLocked takes back a "no" that has another shape than a random label's.
// It may be a new one: another random label is to tell before the name is asked again.
func (l *lane) shapedLocked(now time.Time, j *job, r *reply) {
	if r.Verdict != vacant.Available || r.shapes == nil || l.free.shape == nil {
		return
	}
	line := l.free.shape.stranger(r.shapes)
	if line == "" || l.free.shape.Odd >= ownWay {
		return
	}
	r.Reading = reading.Reading{Reason: vacant.ReasonBadReply, Matched: reading.Clip("not as a random label was answered: " + line)}
	r.testify()
	r.misshapen = true
	r.unclear = j.tries < maxTries-1 && l.doubtLocked(now)
}

// shapeLocked takes in a random label's "no", if it is not so long that nothing
// but to fill what is remembered can be meant by it.
func (l *lane) shapeLocked(r *reply) {
	if r.shapes != nil && len(r.shapes.named) <= maxShape {
		l.free.shape = l.free.shape.with(r.shapes)
	}
}

// assureLocked keeps what a random label taught: a good control has followed.
func (s *Stage) assureLocked(l *lane) {
	if f := &l.free; f.sure != f.taught {
		f.sure = f.taught
		s.rememberLocked(l)
	}
}

// unteachLocked forgets what a random label taught since the last good control,
// as one that went wrong follows: the same may have befallen the label.
func (s *Stage) unteachLocked(l *lane) {
	if f := &l.free; f.taught != f.sure {
		f.taught, f.at = f.sure, time.Time{}
		s.rememberLocked(l)
	}
}
