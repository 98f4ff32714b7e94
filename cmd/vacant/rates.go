package main

import (
	"strconv"
	"strings"
	"time"

	"vacant"
)

// rates parses --rdap-rate: "5" for every operator, "op=5" for one, and
// "op=120/60s" or "op=1000/24h" for a span; what is said of one operator adds up.
func rates(texts []string) (map[string]float64, map[string]vacant.Limit, error) {
	perSecond, limits := make(map[string]float64), make(map[string]vacant.Limit)
	for _, text := range texts {
		operator, number, named := strings.Cut(text, "=")
		if !named {
			operator, number = "", text
		}
		operator = strings.TrimSpace(operator)
		number, span, spanned := strings.Cut(strings.TrimSpace(number), "/")
		n, err := strconv.ParseFloat(number, 64)
		switch {
		case err != nil || n <= 0:
			return nil, nil, usagef("--rdap-rate %q: want [operator=]N with N more than 0, or operator=N/SPAN", text)
		case !spanned || span == "s" || span == "1s":
			perSecond[operator] = n
		case operator == "":
			return nil, nil, usagef("--rdap-rate %q: a span is of one operator: operator=%s", text, text)
		default:
			l, ok := inSpan(limits[operator], n, span)
			if !ok {
				return nil, nil, usagef("--rdap-rate %q: want operator=N/SPAN, a whole number in 1s to 24h, such as 120/1m or 1000/24h", text)
			}
			limits[operator] = l
		}
	}
	return perSecond, limits, nil
}

// inSpan adds n questions in a span to a limit; 24 hours are a day's quota.
func inSpan(l vacant.Limit, n float64, text string) (vacant.Limit, bool) {
	span, err := time.ParseDuration(text)
	whole := int(n)
	switch {
	case err != nil || span < time.Second || span > vacant.Day || float64(whole) != n:
		return l, false
	case span == vacant.Day:
		l.PerDay = whole
	default:
		l.Count, l.Span = whole, span
	}
	return l, true
}
