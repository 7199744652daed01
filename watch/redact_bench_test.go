package watch

import "testing"

// BenchmarkRedact is one row of the channel, as the journal keeps it.
func BenchmarkRedact(b *testing.B) {
	row := []byte(`{"id":2,"amount":12.50,"method":"MTN_MOMO_LBR","status":"PROCESSING","currency":"USD","session_id":55,` +
		`"updated_at":"2026-11-22T18:07:05.675233+00:00","source_type":"ORDER","reference_id":"722bcb9f-1d71-4ec9-a80a-04a10feb95d4"}`)
	b.ReportAllocs()
	for b.Loop() {
		Redact(row)
	}
}
