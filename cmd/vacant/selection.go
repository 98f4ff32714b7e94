package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vacant"
	"vacant/store"
)

// nameSelection are the flags that pick names.
type nameSelection struct {
	tlds []string

	minLength, maxLength int

	match string
}

// AddFlags adds the flags.
func (s *nameSelection) AddFlags(fs *pflag.FlagSet) {
	fs.StringSliceVarP(&s.tlds, "tlds", "t", nil, "only names under these suffixes")
	fs.IntVar(&s.minLength, "min-length", 0, "shortest label")
	fs.IntVar(&s.maxLength, "max-length", 0, "longest label")
	fs.StringVar(&s.match, "match", "", "only names that match this `RE2` expression")
}

// fill puts the flags into q.
func (s *nameSelection) fill(q *store.Query) error {
	if s.minLength < 0 || s.maxLength < 0 {
		return usagef("--min-length and --max-length cannot be negative")
	}
	if s.maxLength > 0 && s.minLength > s.maxLength {
		return usage(fmt.Errorf("--min-length %d is above --max-length %d", s.minLength, s.maxLength), "swap them")
	}
	if _, err := regexp.Compile(s.match); err != nil {
		return usage(fmt.Errorf("--match: %w", err), "")
	}
	q.TLDs, q.MinLength, q.MaxLength, q.Pattern = unique(s.tlds), s.minLength, s.maxLength, s.match
	return nil
}

// selection are the flags that pick results out of a store.
type selection struct {
	nameSelection

	minAge, maxAge, expiresWithin age
	expiresAfter, expiresBefore   string

	run                 string
	lifecycles, reasons []string
}

// AddFlags adds the flags.
func (s *selection) AddFlags(fs *pflag.FlagSet) {
	s.nameSelection.AddFlags(fs)
	fs.Var(&s.minAge, "min-age", "only what was checked at least this long ago")
	fs.Var(&s.maxAge, "max-age", "only what was checked at most this long ago")
	fs.StringVar(&s.run, "run", "", "only what this `RUN` found: an id or its beginning, last, prev or a day")
	fs.StringSliceVar(&s.lifecycles, "lifecycle", nil, "only names in these lifecycles: active, hold, expired, redemption, pending-delete")
	fs.StringSliceVar(&s.reasons, "reason", nil, "only names undetermined (or reserved) for these reasons")
	fs.Var(&s.expiresWithin, "expires-within", "only names that expire from now until then")
	fs.StringVar(&s.expiresAfter, "expires-after", "", "only names that expire on or after this `DATE`")
	fs.StringVar(&s.expiresBefore, "expires-before", "", "only names that expire before this `DATE`, or at its first moment")
}

// query turns the flags into the store's words.
func (s *selection) query(out *output, now time.Time) (q store.Query, err error) {
	if q.Verdicts, err = out.verdicts(s.verdicts()...); err != nil {
		return q, err
	}
	if err := s.fill(&q); err != nil {
		return q, err
	}
	q.MinAge, q.MaxAge = time.Duration(s.minAge), time.Duration(s.maxAge)
	for _, word := range s.lifecycles {
		if !slices.Contains(lifecycles, vacant.Lifecycle(word)) {
			return q, usage(fmt.Errorf("--lifecycle: unknown lifecycle %q", word), "the lifecycles are active, hold, expired, redemption and pending-delete")
		}
		q.Lifecycles = append(q.Lifecycles, vacant.Lifecycle(word))
	}
	if q.MaxAge > 0 && q.MinAge > q.MaxAge {
		return q, usage(errors.New("--min-age is above --max-age"), "swap them")
	}
	for _, word := range s.reasons {
		reason := vacant.Reason(strings.ToLower(word))
		if !slices.Contains(reasons, reason) {
			return q, usage(fmt.Errorf("--reason: unknown reason %q", word), "the reasons are "+joinWords(reasons))
		}
		q.Reasons = append(q.Reasons, reason)
	}
	return q, s.window(&q, now)
}

var lifecycles = []vacant.Lifecycle{vacant.Active, vacant.Hold, vacant.Expired, vacant.Redemption, vacant.PendingDelete}

// reasons are all there are.
var reasons = []vacant.Reason{
	vacant.ReasonDNSTimeout, vacant.ReasonDNSServfail, vacant.ReasonDNSRefused, vacant.ReasonDNSError,
	vacant.ReasonDNSUnproven, vacant.ReasonNoRegistry, vacant.ReasonPort43Blocked, vacant.ReasonRateLimited,
	vacant.ReasonLockedOut, vacant.ReasonControlFailed, vacant.ReasonControlPending, vacant.ReasonTemplateLearning,
	vacant.ReasonSourceConflict, vacant.ReasonLikelyReserved, vacant.ReasonIDNTable, vacant.ReasonBadReply,
	vacant.ReasonUnreachable, vacant.ReasonClosedTLD,
}

func joinWords[T ~string](words []T) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return strings.Join(list, ", ")
}

// verdicts are those meant when no status is named. What is asked of a lifecycle
// or an expiry is asked of registered names, what is asked of a reason of all.
func (s *selection) verdicts() []vacant.Verdict {
	switch {
	case len(s.reasons) > 0:
		return []vacant.Verdict{vacant.Undetermined, vacant.Reserved}
	case len(s.lifecycles) > 0 || s.expiresWithin != 0 || s.expiresAfter != "" || s.expiresBefore != "":
		return []vacant.Verdict{vacant.Registered}
	}
	return []vacant.Verdict{vacant.Available}
}

// window reads the flags about expiry.
func (s *selection) window(q *store.Query, now time.Time) error {
	if s.expiresWithin != 0 {
		if s.expiresAfter != "" || s.expiresBefore != "" {
			return usagef("--expires-within is a window by itself: leave --expires-after and --expires-before out")
		}
		q.ExpiresAfter, q.ExpiresBefore = now, now.Add(time.Duration(s.expiresWithin))
		return nil
	}
	for _, end := range []struct {
		flag, text string
		at         *time.Time
	}{{"--expires-after", s.expiresAfter, &q.ExpiresAfter}, {"--expires-before", s.expiresBefore, &q.ExpiresBefore}} {
		if end.text == "" {
			continue
		}
		at, err := parseDate(end.text)
		if err != nil {
			return usage(fmt.Errorf("%s %q: %w", end.flag, end.text, err), "")
		}
		*end.at = at
	}
	if !q.ExpiresBefore.IsZero() && q.ExpiresBefore.Before(q.ExpiresAfter) {
		return usagef("--expires-before lies before --expires-after")
	}
	return nil
}

// pickRun finds the run that --run means.
func (s *selection) pickRun(from *store.Store, q *store.Query) error {
	if s.run == "" {
		return nil
	}
	runs, err := from.Runs()
	if err != nil {
		return err
	}
	run, err := pickRun(runs, s.run)
	q.Run = run.ID
	return err
}
