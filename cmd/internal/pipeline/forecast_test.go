package pipeline

import (
	"strings"
	"testing"

	"vacant/generator"
	"vacant/rdapstage"
)

func TestForecastTellsHowLongStageTwoTakes(t *testing.T) {
	for pattern, want := range map[string]string{
		"[a-z]{2}":  "",
		"[a-z]{4}":  "about 13 hours",
		"[a-z]{5}":  "about 14 days",
		"[a-z]{8}":  "about 662 years",
		"[a-z]{13}": " years", // more than a time.Duration holds
	} {
		gen, err := generator.New(generator.Config{Patterns: []string{pattern}, TLDs: []string{"com"}})
		if err != nil {
			t.Fatal(err)
		}
		lines := forecastLines([]rdapstage.Forecast{{Suffix: "com", Operator: "verisign", Rate: 1}}, gen)
		got := strings.Join(lines, "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}
