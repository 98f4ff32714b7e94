package main

import (
	"slices"

	"vacant"
	"vacant/cmd/internal/pipeline"
	"vacant/rdapstage"
)

// unaskedWords says why an endpoint was not examined to the end.
func unaskedWords(f *rdapstage.Finding) string {
	words := "time was up"
	if f.Detail == rdapstage.DetailStopped {
		words = "this was stopped"
	}
	if f.Asked > 0 {
		return "not known: " + words + " before it had answered"
	}
	return "not asked: " + words + " before its turn"
}

// unfinished reports whether a source decides that was not examined to the end.
func unfinished(e *pipeline.SuffixExam) bool {
	return e.Reason != vacant.ReasonNone && slices.ContainsFunc(e.Findings, func(f rdapstage.Finding) bool { return f.Fault == rdapstage.FaultUnasked })
}
