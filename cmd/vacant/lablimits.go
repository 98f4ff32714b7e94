package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"vacant/cmd/internal/lab"
)

// limitForm is what --registry-limit takes.
const limitForm = "[TLD=]N/DUR[,N/DUR...][,shared][,retry=DUR], such as io=30/1m,1000/24h,shared"

// registryLimits parses --registry-limit: the windows of each operator, named by
// a TLD that it runs, and of all the others.
func registryLimits(texts []string) (map[string]lab.OperatorLimit, error) {
	limits := make(map[string]lab.OperatorLimit)
	for _, text := range texts {
		tld, words, named := strings.Cut(text, "=")
		if !named || strings.ContainsAny(tld, "/,") {
			tld, words = "", text
		}
		limit, err := registryLimit(words)
		if err != nil {
			return nil, usage(fmt.Errorf("--registry-limit %q: %w", text, err), "want "+limitForm)
		}
		limits[strings.ToLower(strings.Trim(tld, ". "))] = limit
	}
	return limits, nil
}

func registryLimit(words string) (limit lab.OperatorLimit, err error) {
	for word := range strings.SplitSeq(words, ",") {
		word = strings.TrimSpace(word)
		retry, isRetry := strings.CutPrefix(word, "retry=")
		number, span, isWindow := strings.Cut(word, "/")
		switch {
		case word == "shared":
			limit.Shared = true
		case isRetry:
			if limit.RetryAfter, err = time.ParseDuration(retry); err != nil || limit.RetryAfter < 0 {
				return limit, fmt.Errorf("%q is no duration such as 24h", retry)
			}
		case isWindow:
			n, err := strconv.Atoi(number)
			in, err2 := time.ParseDuration(span)
			if err != nil || err2 != nil || n <= 0 || in <= 0 {
				return limit, fmt.Errorf("%q is no number of requests in a time", word)
			}
			limit.Windows = append(limit.Windows, lab.Window{Requests: n, In: in})
		default:
			return limit, fmt.Errorf("%q is no limit", word)
		}
	}
	return limit, nil
}
