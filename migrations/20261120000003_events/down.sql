drop table sample_hours, sample_minutes, series, event_counts_hour, event_counts_minute, event_ids, samples, events, stores;
