package reading

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"vacant"
)

// rdapDomain is what is read of an RDAP domain object or error (RFC 9083
// sections 5.3 and 6). Fields whose shape varies are kept raw, so that a strange
// remark never hides the name.
type rdapDomain struct {
	ObjectClassName string          `json:"objectClassName"`
	LDHName         string          `json:"ldhName"`
	UnicodeName     string          `json:"unicodeName"`
	Status          texts           `json:"status"`
	Events          lenient[event]  `json:"events"`
	Entities        lenient[entity] `json:"entities"`

	ErrorCode   json.RawMessage `json:"errorCode"`
	Title       string          `json:"title"`
	Description texts           `json:"description"`
}

type event struct {
	Action string `json:"eventAction"`
	Date   string `json:"eventDate"`
}

type entity struct {
	Handle string          `json:"handle"`
	Roles  texts           `json:"roles"`
	VCard  json.RawMessage `json:"vcardArray"`
}

// texts is a list of strings, or one string, or whatever else, which is dropped.
type texts []string

// UnmarshalJSON never fails: text that is not there cannot prove anything.
func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	var many []json.RawMessage
	_ = json.Unmarshal(data, &many) // not a list: none
	*t = nil
	for _, raw := range many {
		if json.Unmarshal(raw, &one) == nil {
			*t = append(*t, one)
		}
	}
	return nil
}

// lenient is a list whose elements are dropped when they have another shape.
type lenient[T any] []T

// UnmarshalJSON never fails, as that of texts.
func (l *lenient[T]) UnmarshalJSON(data []byte) error {
	var raw []json.RawMessage
	_ = json.Unmarshal(data, &raw) // not a list: none
	*l = nil
	for _, r := range raw {
		var v T
		if json.Unmarshal(r, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

// isError reports whether the object carries an error code, of whatever status.
func (d *rdapDomain) isError() bool { return len(d.ErrorCode) > 0 && string(d.ErrorCode) != "null" }

// code returns the error code, written as a number or as text; 0 if there is none.
func (d *rdapDomain) code() int {
	n, err := strconv.Atoi(strings.Trim(string(d.ErrorCode), `"`))
	if err != nil {
		return 0
	}
	return n
}

// names reports whether the object is about name; for "" it must have some name.
func (d *rdapDomain) names(name vacant.Name) bool {
	ldh, err := vacant.ParseName(d.LDHName)
	if err != nil && d.LDHName == "" {
		ldh, err = vacant.ParseName(d.UnicodeName)
	}
	return err == nil && (name == "" || ldh == name)
}

// event returns the date of the first event of a kind, zero if there is none.
func (d *rdapDomain) event(action string) time.Time {
	for _, e := range d.Events {
		if strings.EqualFold(e.Action, action) {
			return parseDate(e.Date)
		}
	}
	return time.Time{}
}

// registrar returns the name on the card of the entity with that role, or its handle.
func (d *rdapDomain) registrar() string {
	for _, e := range d.Entities {
		if !slices.ContainsFunc(e.Roles, func(role string) bool { return strings.EqualFold(role, "registrar") }) {
			continue
		}
		if fn := formattedName(e.VCard); fn != "" {
			return Clip(fn)
		}
		return Clip(e.Handle)
	}
	return ""
}

// formattedName returns the FN property of a jCard (RFC 7095).
func formattedName(card json.RawMessage) string {
	var parts []json.RawMessage
	if json.Unmarshal(card, &parts) != nil || len(parts) < 2 {
		return ""
	}
	var properties lenient[[]json.RawMessage]
	_ = json.Unmarshal(parts[1], &properties) // texts and lenient never fail
	for _, p := range properties {
		var key, value string
		if len(p) >= 4 && json.Unmarshal(p[0], &key) == nil && key == "fn" && json.Unmarshal(p[3], &value) == nil {
			return value
		}
	}
	return ""
}

// lifecycleOf maps statuses, EPP's or RDAP's spelling (RFC 8056) or a
// registry's own word, to where the name stands; matched is " status: ..." of
// the one that decided.
func lifecycleOf(statuses []string) (life vacant.Lifecycle, matched string) {
	life = vacant.Active
	rank := 0
	for _, s := range statuses {
		if r, l := statusRank(squash(s)); r > rank {
			rank, life, matched = r, l, "; status: "+s
		}
	}
	return life, matched
}

// statusRank orders lifecycles by how near the name is to its release, but for
// EPP's pendingDelete: a name in redemption has that status too, and its RGP status
// beside it says where in there it is (RFC 3915 section 3.1). key is squashed.
func statusRank(key string) (int, vacant.Lifecycle) {
	switch {
	case hasAny(key, "todelete", "tobedeleted", "releaseprocess", "releasing", "pendingrelease", "scheduledfordeletion"):
		return 5, vacant.PendingDelete
	case hasAny(key, "redemption", "quarantine", "pendingrestore", "withdrawn", "onwaitinglist", "pendingpurge"):
		return 4, vacant.Redemption
	case strings.Contains(key, "pendingdelete"):
		return 3, vacant.PendingDelete
	case hasAny(key, "expired", "lapsed", "gracep", "autorenewperiod") && !strings.Contains(key, "addperiod"):
		return 2, vacant.Expired
	case hasAny(key, "clienthold", "serverhold", "registryhold", "registrarhold", "onhold", "suspended", "notdelegated", "inactive", "deactivated"):
		return 1, vacant.Hold
	}
	return 0, vacant.Active
}

func hasAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// squash lower-cases s and drops all but letters and digits, so that
// "pendingDelete", "pending delete" and "PENDING-DELETE" are one.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == ' ' || r == '-' || r == '_' || r == '\t' || r == '/':
			return -1
		}
		return r
	}, s)
}
