package rdapstage

import (
	"errors"
	"fmt"
	"testing"

	"vacant"
)

// everyCase tries every combination of two answers, their weakness, and the demands.
func everyCase(use func(first, second *said, more bool, t demands)) {
	kinds := []vacant.Kind{vacant.KindRDAP, vacant.KindWHOIS}
	var answers []*said
	for _, v := range []vacant.Verdict{vacant.Undetermined, vacant.Available, vacant.Registered, vacant.Reserved, vacant.Premium} {
		for _, k := range kinds {
			for _, weak := range []bool{false, true} {
				for _, why := range []vacant.Reason{vacant.ReasonBadReply, vacant.ReasonRateLimited} {
					answers = append(answers, &said{kind: k, verdict: v, weak: weak, reason: why})
				}
			}
		}
	}
	answers = append(answers, nil)
	for _, first := range answers {
		for _, second := range answers {
			if first == nil && second != nil {
				continue
			}
			for bits := range 16 {
				t := demands{nodata: bits&1 != 0, wildcard: bits&2 != 0}
				if bits&4 != 0 {
					t.provable = errors.New("unproven")
				}
				if bits&8 != 0 {
					t.withheld = vacant.ReasonLikelyReserved
				}
				for _, more := range []bool{false, true} {
					use(first, second, more, t)
				}
			}
		}
	}
}

// TestEveryCombinationNeedsItsProof states what "available" and "registered"
// demand, in other words than the code's, over all combinations there are.
func TestEveryCombinationNeedsItsProof(t *testing.T) {
	n := 0
	everyCase(func(first, second *said, more bool, tm demands) {
		n++
		var list []said
		for _, a := range []*said{first, second} {
			if a != nil {
				list = append(list, *a)
			}
		}
		got := combine(list, more, tm)
		if err := wrong(list, more, tm, got); err != nil {
			t.Errorf("%+v more=%v %+v -> %+v: %v", list, more, tm, got, err)
		}
	})
	if n < 10_000 {
		t.Errorf("only %d combinations", n)
	}
}

func wrong(list []said, more bool, tm demands, got outcome) error {
	count := func(v vacant.Verdict) (n int) {
		for _, a := range list {
			if a.verdict == v {
				n++
			}
		}
		return n
	}
	nos := count(vacant.Available)
	others := count(vacant.Registered) + count(vacant.Reserved) + count(vacant.Premium)
	switch {
	case got.next && !more:
		return errors.New("there is no next source")
	case got.next && (got.verdict != vacant.Undetermined || got.reason != vacant.ReasonNone):
		return errors.New("a verdict although another is to be asked")
	case !got.next && got.verdict == vacant.Undetermined && got.reason == vacant.ReasonNone:
		return errors.New("undetermined for no reason")
	case got.verdict != vacant.Available && got.verdict != vacant.Undetermined && count(got.verdict) == 0:
		return errors.New("nobody said so")
	case got.verdict != vacant.Available:
		return nil
	}
	return badAvailable(list, tm, nos, others)
}

func badAvailable(list []said, tm demands, nos, others int) error {
	strong, inWords := 0, false
	for _, a := range list {
		if a.verdict == vacant.Available && !a.weak {
			strong++
		}
		inWords = inWords || a.verdict == vacant.Available && a.kind != vacant.KindRDAP
	}
	switch {
	case nos == 0:
		return errors.New("no registry said no")
	case others > 0:
		return errors.New("a source disagrees")
	case tm.provable != nil || tm.nodata:
		return errors.New("DNS does not support it")
	case nos < 2 && (tm.wildcard || tm.withheld != "" || strong == 0):
		return errors.New("a second source was needed")
	case tm.withheld != "" && !inWords:
		return errors.New("withheld, and nobody said free in words")
	}
	return nil
}

func TestCombineByExample(t *testing.T) {
	no := said{kind: vacant.KindRDAP, verdict: vacant.Available}
	weakNo := said{kind: vacant.KindRDAP, verdict: vacant.Available, weak: true}
	whoisNo := said{kind: vacant.KindWHOIS, verdict: vacant.Available}
	odd := said{kind: vacant.KindRDAP, reason: vacant.ReasonBadReply}
	slow := said{kind: vacant.KindRDAP, reason: vacant.ReasonRateLimited}
	taken := said{kind: vacant.KindWHOIS, verdict: vacant.Registered}
	kept := said{kind: vacant.KindWHOIS, verdict: vacant.Reserved}
	tests := []struct {
		answers []said
		more    bool
		t       demands
		want    string
	}{
		{nil, false, demands{}, "undetermined no-registry"},
		{[]said{no}, true, demands{}, "available"},
		{[]said{weakNo}, true, demands{}, "next"},
		{[]said{weakNo, whoisNo}, false, demands{}, "available"},
		{[]said{weakNo}, false, demands{}, "undetermined no-registry"},
		{[]said{{kind: vacant.KindRDAP, verdict: vacant.Available, weak: true, watched: true}}, false, demands{}, "undetermined control-failed"},
		{[]said{no}, true, demands{wildcard: true}, "next"},
		{[]said{no, whoisNo}, false, demands{wildcard: true}, "available"},
		{[]said{no, taken}, false, demands{wildcard: true}, "undetermined source-conflict"},
		{[]said{no, kept}, false, demands{withheld: vacant.ReasonLikelyReserved}, "reserved"},
		{[]said{no}, false, demands{withheld: vacant.ReasonIDNTable}, "undetermined idn-table"},
		{[]said{no, whoisNo}, false, demands{withheld: vacant.ReasonLikelyReserved}, "available"},
		{[]said{no}, true, demands{nodata: true, provable: errors.New("x")}, "undetermined source-conflict"},
		{[]said{no}, true, demands{provable: errors.New("x")}, "undetermined dns-unproven"},
		{[]said{odd}, true, demands{}, "next"},
		{[]said{odd, whoisNo}, false, demands{}, "available"},
		{[]said{odd, taken}, false, demands{}, "registered"},
		{[]said{odd}, false, demands{}, "undetermined bad-reply"},
		{[]said{slow}, true, demands{}, "undetermined rate-limited"},
		{[]said{taken}, true, demands{nodata: true}, "registered"},
	}
	for _, tt := range tests {
		got := combine(tt.answers, tt.more, tt.t)
		text := fmt.Sprint(got.verdict)
		if got.reason != "" {
			text += " " + string(got.reason)
		}
		if got.next {
			text = "next"
		}
		if text != tt.want {
			t.Errorf("%+v more=%v %+v: %s, want %s", tt.answers, tt.more, tt.t, text, tt.want)
		}
	}
}
