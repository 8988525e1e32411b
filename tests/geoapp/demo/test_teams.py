"""The demo's teams and visits: few, invented, and as the product would have written them."""

from sqlalchemy import text

from geoapp.core.db import owner_transaction
from geoapp.demo.accounts import Post
from geoapp.demo.teams import add_teams
from tests.support.kept import kept_disagreements

POSTS = (Post("community", "community_worker", "110108001001", ""), Post("worker", "grid_worker", "110108001001001", ""))


def test_teams_of_a_community_and_visits_of_a_grid_agree_with_what_is_counted(own_city):
    with owner_transaction() as connection:
        served = add_teams(connection, POSTS)
        teams = connection.execute(text(
            "SELECT class, members, served_on IS NOT NULL FROM team WHERE duty LIKE '%（模拟）' ORDER BY class DESC, members DESC"
        )).all()  # fmt: skip
        same = connection.scalar(text(
            "SELECT count(*) FROM resident r JOIN (SELECT resident_id, max(served_on) AS day FROM service_recipient GROUP BY 1) s "
            "ON s.resident_id = r.id AND s.day = r.served_on"))  # fmt: skip
        people = connection.scalar(text("SELECT sum(people) FROM service_record"))
    assert teams == [("volunteers", 1, False), ("grid_service", 1, True), ("grid_service", 0, False)]
    assert served == same == people > 0
    assert kept_disagreements() == []
