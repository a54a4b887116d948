"""Shops, people and streets of the demo: one city, as its milk rounds really find it.

Rates are paise, quantities thousandths.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WEEKDAYS = (1, 2, 3, 4, 5)
NO_SUNDAY = (1, 2, 3, 4, 5, 6)
WEEKEND = (6, 7)


@dataclass(frozen=True, slots=True)
class Offer:
    """Something a shop brings; `step` is the smallest difference in quantity that people ask for."""

    item_name: str
    unit: str
    rate: int
    step: int = 1000
    weekdays: tuple[int, ...] = EVERY_DAY
    every: int = 1


@dataclass(frozen=True, slots=True)
class Shop:
    """A vendor and what they bring, best sellers first; `raise_by` is what a new price adds."""

    owner: str
    business_name: str
    upi_id: str
    offers: tuple[Offer, ...]
    raise_by: int


SHOPS = (
    Shop(
        "Ramesh Gaikwad",
        "Gokul Milk Centre",
        "gokulmilk@okbank",
        (
            Offer("Cow milk", "litre", 6000, step=500),
            Offer("Buffalo milk", "litre", 7600, step=500, every=2),
            Offer("Curd", "kg", 9000, step=500, weekdays=WEEKDAYS),
            Offer("Paneer", "kg", 42000, step=250, weekdays=WEEKEND),
        ),
        raise_by=200,
    ),
    Shop(
        "Sanjay Deshpande",
        "Deshpande News Agency",
        "deshpandenews@okbank",
        (
            Offer("Marathi daily", "copy", 500),
            Offer("English daily", "copy", 700, weekdays=NO_SUNDAY),
            Offer("Hindi daily", "copy", 500),
            Offer("Weekend edition", "copy", 1200, weekdays=WEEKEND),
        ),
        raise_by=50,
    ),
    Shop(
        "Meenakshi Sundaram",
        "Amma Tiffin Service",
        "ammatiffin@okbank",
        (
            Offer("Lunch tiffin", "meal", 11000, weekdays=NO_SUNDAY),
            Offer("Dinner tiffin", "meal", 10000, weekdays=WEEKDAYS),
            Offer("Idli breakfast", "plate", 6000, every=2),
            Offer("Sunday sadya", "meal", 22000, weekdays=(7,)),
        ),
        raise_by=500,
    ),
    Shop(
        "Vijay Shinde",
        "Sai Aqua Water",
        "saiaqua@okbank",
        (
            Offer("Water can 20 l", "can", 4000, every=2),
            Offer("Water can 10 l", "can", 2500, every=3),
            Offer("Chilled jar", "jar", 6000, weekdays=WEEKDAYS),
            Offer("Mineral water crate", "crate", 18000, weekdays=(1,)),
        ),
        raise_by=200,
    ),
)


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


# First names and family names that go together.
PEOPLE = (
    (
        _words(
            "Asha Sunita Rekha Anjali Vaishali Snehal Manisha Sachin Rahul Prashant Nilesh Amol Ganesh",
            "Mangesh Sandeep Swapnil Varsha Smita Madhuri Shubhangi",
        ),
        _words(
            "Deshmukh Patil Kulkarni Joshi Jadhav Pawar More Shinde Kale Bhosale Chavan Gokhale Sawant Apte",
            "Phadke Thorat",
        ),
    ),
    (
        _words(
            "Pooja Neha Ritu Seema Kavita Geeta Shalini Alok Manoj Vivek Anil Rajesh Deepak Sanjeev Pankaj",
            "Ashok Saroj Kiran Mamta Suresh",
        ),
        _words(
            "Sharma Verma Gupta Mishra Tiwari Pandey Yadav Singh Agarwal Srivastava Dubey Chaturvedi Saxena",
            "Tripathi Chauhan Rastogi",
        ),
    ),
    (
        _words(
            "Lakshmi Kamala Revathi Meena Saraswathi Priya Karthik Murugan Senthil Balaji Ganesan Ramya",
            "Vasanthi Anand Prabhu Selvi Kavitha Suresh Deepa Arun",
        ),
        _words(
            "Subramanian Krishnan Natarajan Raman Venkatesan Murugesan Pillai Iyer Chandrasekaran Rajagopal",
            "Sundararajan Palaniappan Ramanathan Annamalai Srinivasan Balasubramanian",
        ),
    ),
)

SOCIETIES = (
    "Shivneri Apartments",
    "Sai Krupa Society",
    "Ganesh Nagar",
    "Swapnapurti Housing Society",
    "Vrindavan Heights",
    "Laxmi Park",
    "Anand Vihar",
    "Green Meadows",
    "Saraswati Sadan",
    "Om Residency",
)
PLACES = (
    ("Kothrud", 411038),
    ("Karve Nagar", 411052),
    ("Aundh", 411007),
    ("Baner", 411045),
    ("Sahakar Nagar", 411009),
    ("Bibwewadi", 411037),
    ("Warje", 411058),
    ("Hadapsar", 411028),
)

VENDOR_NOTES = (
    "Ring the bell twice",
    "Leave with the watchman",
    "Second gate",
    "Bag on the door",
    "Pays on the 5th",
)
PAUSE_REASONS = ("Out of town", "At the village", "Visiting family", "Holidays")
HOUSEHOLD = "Asha Kulkarni"
HOUSEHOLD_ADDRESS = "B-204, Shivneri Apartments, Kothrud, Pune 411038"
