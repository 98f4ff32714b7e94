package rdapstage

import (
	"regexp"
	"strings"
	"time"

	"vacant"
	"vacant/rdapstage/facts"
	"vacant/rdapstage/reading"
)

// template is a WHOIS server's "not found" as its random labels taught it, the
// name and dates masked.
type template struct {
	Text     string    `json:"text,omitempty"`
	At       time.Time `json:"at,omitzero"`       // of the first label that gave it
	Learned  time.Time `json:"learned,omitzero"`  // ... of a second that gave it word for word, long enough after
	Replaced time.Time `json:"replaced,omitzero"` // when another had been learned, after the server's text drifted
}

// templates are the versions of a server's learned "not found": it covers
// servers that nobody wrote a rule for, and those whose text has drifted from its rule.
type templates struct {
	Known template   `json:"known,omitzero"`
	Next  template   `json:"next,omitzero"` // was given once
	Old   []template `json:"old,omitempty"` // latest first
}

// maxOld bounds the versions that are kept to tell what a verdict rested on.
const maxOld = 4

// note takes in what a random label was answered, and reports what it changed.
func (t *templates) note(text string, now time.Time, gap time.Duration) {
	switch {
	case t.Known.Text == text:
		t.Next = template{}
	case t.Next.Text != text:
		t.Next = template{Text: text, At: now}
	case now.Sub(t.Next.At) >= gap:
		if t.Known.Text != "" {
			t.Known.Replaced = now
			t.Old = append([]template{t.Known}, t.Old[:min(len(t.Old), maxOld-1)]...)
		}
		t.Known, t.Next = t.Next, template{}
		t.Known.Learned = now
	}
}

// lesson is a random label's answer that waits for its closing control.
type lesson struct {
	text   string
	got    int64
	before string // what the control before it was answered, masked
}

// maxTemplate bounds a template: "not found" texts are short, terms of use included.
const maxTemplate = 4 << 10

var (
	maskedDates  = regexp.MustCompile(`(?i)\b\d{1,4}[-./](?:\d{1,2}|[a-z]{3})[-./]\d{1,4}(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?(?:z|[+-]\d{2}:?\d{2}|\b)|\b\d{1,2}:\d{2}(?::\d{2})?\b`)
	unlearnable  = regexp.MustCompile(`[0-9]|(?i)\b(?:seconds?|minutes?|hours?|days?|tomorrow|later|again)\b`)
	maskedSpaces = regexp.MustCompile(`[ \t]+`)
)

// maskText takes the name and dates out of a reply, so that two replies about
// free names are the same text. Only a reply that repeats the name has "#" in it.
func maskText(text []byte, name vacant.Name) string {
	s := strings.ToLower(reading.Decode(text))
	s = strings.ReplaceAll(s, string(name), "#")
	s = maskedDates.ReplaceAllString(s, "~")
	s = maskedSpaces.ReplaceAllString(s, " ")
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// learnable reports whether a random label's reply can be a template: it
// refuses nothing, names no number and no time to wait, and repeats the name, so
// that no fixed error page can stand in for it.
func learnable(text []byte, masked string) bool {
	if len(masked) > maxTemplate || !strings.HasSuffix(string(text), "\n") {
		return false
	}
	if !strings.Contains(masked, "#") || unlearnable.MatchString(masked) {
		return false
	}
	return !reading.Refuses(text)
}

// ours reports whether the lane's server is the registry's own for its suffix.
func (l *lane) ours() bool {
	_, ours := facts.WHOISAuthority(l.host, l.suffix)
	return ours || l.hand()
}

// sampleLocked takes a random label's unreadable reply for a lesson, if it can
// be one and a control has held directly before. It counts when the next control
// holds too: names wait until then.
func (s *Stage) sampleLocked(now time.Time, q *question, r *reply) bool {
	l := q.lane
	masked := maskText(r.text, q.name)
	if l.kind != vacant.KindWHOIS || len(r.text) == 0 || !l.ours() || !l.direct(now) || !learnable(r.text, masked) {
		return false
	}
	s.forgetLessonLocked(l)
	l.lesson = &lesson{text: masked, got: s.tickLocked(), before: l.good.masked}
	s.pending++ // the run waits for the control that closes it
	l.free.until = now.Add(l.timing.LearnGap)
	return true
}

// learnLocked counts a lesson that the good control m has closed. What a
// registered name is answered, word for word, is no "not found".
func (s *Stage) learnLocked(now time.Time, l *lane, m *mark) {
	heard := l.lesson
	if heard == nil || !m.control || m.sent <= heard.got {
		return
	}
	s.forgetLessonLocked(l)
	if heard.text == m.masked || heard.text == heard.before {
		return
	}
	l.templates.note(heard.text, now, l.timing.LearnGap)
	s.rememberLocked(l)
}

// forgetLessonLocked drops a lesson that was closed, or that nothing will close.
func (s *Stage) forgetLessonLocked(l *lane) {
	if l.lesson != nil {
		l.lesson = nil
		s.pending--
		s.nudge()
	}
}

// learnedLocked reads a reply that no rule reads by the lane's templates. One
// that they do not know either may be a new way of saying no: a random label is
// to tell, as soon as it may.
func (l *lane) learnedLocked(now time.Time, name vacant.Name, r *reply) {
	if l.kind != vacant.KindWHOIS || r.Verdict != vacant.Undetermined || r.Reason != vacant.ReasonBadReply || len(r.text) == 0 {
		return
	}
	masked := maskText(r.text, name)
	t := &l.templates
	switch {
	case !learnable(r.text, masked):
		return
	case t.Known.Text == masked:
		r.Verdict, r.Reason, r.Matched = vacant.Available, vacant.ReasonNone, reading.Clip("learned: "+masked)
	case t.Next.Text == masked, l.lesson != nil && l.lesson.text == masked:
		r.Reason = vacant.ReasonTemplateLearning
	default:
		l.doubtLocked(now)
		return
	}
	r.testify()
}
