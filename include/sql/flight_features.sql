-- What is known about a flight at its scheduled departure: one row for each flight.
SELECT
    flight_id, scheduled_departure,
    carrier, origin, dest, hour, minute, day_of_week, distance, scheduled_duration,
    temp, dewp, humid, wind_dir, wind_speed, wind_gust, precip, pressure, visib
FROM flights
WHERE scheduled_departure >= :start AND scheduled_departure < :end
ORDER BY scheduled_departure, flight_id
