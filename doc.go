// Package vacant holds the words that every room of the program speaks: a
// [Name], the [Batch] that carries names between stages, the [Answer] stage one
// gives, the [Verdict] stage two proves, the [Result] with its [Evidence], and
// the [Counts] whose two equations say that nothing was lost.
//
// A name travels one way:
//
//	generator --Batch--> store.Admit --Batch--> dnsstage --Batch--> store
//	                                                                  |
//	                                        NXDOMAIN and NODATA only: Inquiry
//	                                                                  v
//	                             store <--Result-- rdapstage <-- bounded channel
//
// The package imports no room; rooms never import each other.
//
// The zero value of every type here claims nothing: the zero [Status] is
// "unasked", the zero [Verdict] is "undetermined", and a [Result] that says
// "available" can only be made by [NewAvailable], which demands the proof.
package vacant
