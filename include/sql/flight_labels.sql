-- Whether a flight was late, by the time at which that became known; cancelled flights never get a row.
SELECT flight_id, late, recorded_at
FROM labels
WHERE recorded_at >= :start AND recorded_at < :end
ORDER BY recorded_at, flight_id
